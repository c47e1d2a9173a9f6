/**
 * Users and groups by name, from /etc/passwd and /etc/group, or from wherever else the system has them. Node.js cannot
 * ask the C library, so that getent(1) does; its lines have the same form.
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
  return search(readFile(database), name) ?? search(askSystem(database, name), name);
}

function search(text: string, name: string): readonly string[] | undefined {
  const lines = text.split('\n').map((line) => line.split(':'));
  return lines.find(([known]) => known === name) ?? lines.find(([, , id]) => id === name);
}

function readFile(database: Database): string {
  try {
    return readFileSync(`/etc/${database}`, 'utf8');
  } catch {
    return ''; // a system that keeps its users elsewhere
  }
}

function askSystem(database: Database, name: string): string {
  const { error, stdout } = spawnSync('getent', [database, name], { encoding: 'utf8' });
  return error === undefined ? stdout : ''; // not there
}
