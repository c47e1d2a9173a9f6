/**
 * -T OLDDIR=NEWDIR: where a tablespace is to be put instead of its location in the backup. Grammar and
 * complaints are those of tablespace_list_append() in src/bin/pg_basebackup/pg_basebackup.c: both directories
 * are absolute, and an equals sign that belongs to a name has a backslash before it.
 */

import { posix } from 'node:path';
import { UsageError } from '../cli/trouble.ts';

/** One mapping; both paths are absolute and canonical. */
export interface TablespaceMapping {
  readonly from: string;
  readonly to: string;
}

/** Reads OLDDIR=NEWDIR. Throws UsageError if it is not of that form. */
export function parseTablespaceMapping(text: string): TablespaceMapping {
  // Split at each equals sign without a backslash before it; those with one lose the backslash.
  const parts = text.split(/(?<!\\)=/).map((part) => part.replaceAll('\\=', '='));
  if (parts.length > 2) throw new UsageError('multiple "=" signs in tablespace mapping');
  const [from = '', to = ''] = parts;
  if (from === '' || to === '') {
    throw new UsageError(`invalid tablespace mapping format "${text}", must be "OLDDIR=NEWDIR"`);
  }
  if (!posix.isAbsolute(from)) {
    throw new UsageError(`old directory is not an absolute path in tablespace mapping: ${from}`);
  }
  if (!posix.isAbsolute(to)) {
    throw new UsageError(`new directory is not an absolute path in tablespace mapping: ${to}`);
  }
  return { from: canonicalPath(from), to: canonicalPath(to) };
}

/** A path without doubled and trailing slashes, "." and ".."; see canonicalize_path() in src/port/path.c. */
export function canonicalPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
