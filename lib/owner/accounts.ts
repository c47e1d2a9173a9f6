/**
 * Users and groups by name. Node.js cannot ask the C library for them, so getent(1) does; where there is none, the
 * lines are looked for in /etc/passwd and /etc/group, which have the same form.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

type Database = 'passwd' | 'group';

/** The ids of a user and of its group; undefined if there is no such user. */
export function findUser(name: string): { readonly uid: number; readonly gid: number } | undefined {
  const [, , uid, gid] = find('passwd', name) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** The id of a group; undefined if there is no such group. */
export function findGroup(name: string): number | undefined {
  const [, , gid] = find('group', name) ?? [];
  return gid === undefined ? undefined : Number(gid);
}

/** The fields of a line: name, password, id, and of a user its group's id. A name of digits may be that of an id. */
function find(database: Database, name: string): readonly string[] | undefined {
  if (name === '' || name.startsWith('-')) return undefined; // getent would take it for an option
  const { stdout, error } = spawnSync('getent', [database, name], { encoding: 'utf8' });
  const text = error === undefined ? stdout : readFileSync(`/etc/${database}`, 'utf8');
  const lines = text.split('\n').map((line) => line.split(':'));
  return lines.find(([known]) => known === name) ?? lines.find(([, , id]) => id === name);
}
