/**
 * What a directory has, by names: a path in, names with their sizes out. Links are followed, as those of tablespaces
 * must be, which are named themselves too. What is ignored is not entered.
 */

import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { systemErrorText } from '../../errors/system-error.ts';
import { decodeName, encodeName } from '../../io/file-name.ts';
import { TABLESPACES_DIRECTORY } from '../../postgres/data-directory.ts';
import type { FoundLink, FoundName } from '../records/found-backup.ts';
import type { IgnoreList } from '../shared/ignore-list.ts';

const TABLESPACE = new RegExp(`^${TABLESPACES_DIRECTORY}/[1-9][0-9]{0,9}$`);
const ON_DISK = { archive: undefined };

/** The names below a directory, those of a directory after its own. */
export function* namesBelow(root: string, ignore: IgnoreList, path = ''): Generator<FoundName> {
  const full = path === '' ? root : `${root}/${path}`;
  let names: string[];
  try {
    names = readdirSync(encodeName(full), { encoding: 'buffer' }).map(decodeName);
  } catch (error) {
    yield unreadable(path, `could not open directory "${full}": ${systemErrorText(error)}`);
    return;
  }
  for (const name of names) {
    const below = path === '' ? name : `${path}/${name}`;
    if (TABLESPACE.test(below)) yield* linkOf(root, below);
    const found = look(root, below);
    yield found;
    if (found.type === 'directory' && !ignore.covers(below)) yield* namesBelow(root, ignore, below);
  }
}

function look(root: string, path: string): FoundName {
  let stats: Stats;
  try {
    stats = statSync(encodeName(`${root}/${path}`));
  } catch (error) {
    return unreadable(path, `could not stat file or directory "${path}": ${systemErrorText(error)}`);
  }
  if (stats.isFile()) return { type: 'file', path, size: stats.size, ...ON_DISK };
  return { type: stats.isDirectory() ? 'directory' : 'special', path, ...ON_DISK };
}

function unreadable(path: string, trouble: string): FoundName {
  return { type: 'unreadable', path, trouble, ...ON_DISK };
}

function* linkOf(root: string, path: string): Generator<FoundLink> {
  const full = `${root}/${path}`;
  let target: string;
  try {
    target = readlinkSync(full);
  } catch {
    return; // no link
  }
  yield { type: 'link', path, target, leadsTo: (location) => isSameDirectory(full, location), ...ON_DISK };
}

/** The same directory may have several names. */
function isSameDirectory(one: string, other: string): boolean {
  const [first, second] = [statusOf(one), statusOf(other)];
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
