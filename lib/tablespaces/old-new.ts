/** Paths as tablespace mappings have them: both sides of -T OLDDIR=NEWDIR, in one form, so that they can be compared. */

import { posix } from 'node:path';

/** One mapping; both paths are absolute and canonical. */
export interface TablespaceMapping {
  readonly from: string;
  readonly to: string;
}

/** A path without doubled and trailing slashes, "." and ".."; see canonicalize_path() in src/port/path.c. */
export function canonicalPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
