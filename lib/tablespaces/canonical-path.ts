/** Paths in one form, so that they can be compared. */

import { posix } from 'node:path';

/** A path without doubled and trailing slashes, "." and ".."; see canonicalize_path() in src/port/path.c. */
export function canonicalPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
