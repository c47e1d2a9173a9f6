/**
 * -T OLDDIR=NEWDIR, as several tools have it: where a tablespace is to be put instead of its location in the backup.
 * Grammar and complaints are those of tablespace_list_append() in src/bin/pg_basebackup/pg_basebackup.c: both
 * directories are absolute, and an equals sign that belongs to a name has a backslash before it.
 */

import { posix } from 'node:path';
import { UsageError } from '../errors/trouble.ts';
import { locationComplaint } from '../postgres/location.ts';
import { canonicalPath } from '../tablespaces/canonical-path.ts';
import type { TablespaceMapping } from '../tablespaces/mapping.ts';

/** Reads OLDDIR=NEWDIR. Throws UsageError if it is not of that form. */
export function parseTablespaceMapping(text: string): TablespaceMapping {
  const [from, to] = splitMapping(text, 'OLDDIR=NEWDIR');
  return { from: mappedDirectory('old', from), to: mappedDirectory('new', to) };
}

/** The two sides of a mapping, neither of them empty. Throws UsageError if there are not two. */
export function splitMapping(text: string, form: string): [from: string, to: string] {
  // Split at each equals sign without a backslash before it; those with one lose the backslash.
  const parts = text.split(/(?<!\\)=/).map((part) => part.replaceAll('\\=', '='));
  if (parts.length > 2) throw new UsageError('multiple "=" signs in tablespace mapping');
  const [from = '', to = ''] = parts;
  if (from === '' || to === '') {
    throw new UsageError(`invalid tablespace mapping format "${text}", must be "${form}"`);
  }
  return [from, to];
}

/** A directory of a mapping in canonical form. Throws UsageError if it is none that can be followed. */
export function mappedDirectory(which: 'old' | 'new', path: string): string {
  if (!posix.isAbsolute(path))
    throw new UsageError(`${which} directory is not an absolute path in tablespace mapping: ${path}`);
  const directory = canonicalPath(path);
  const complaint = locationComplaint(directory);
  if (complaint === undefined) return directory;
  throw new UsageError(`${which} directory ${complaint} in tablespace mapping: ${path}`);
}
