/** Which entries of a data directory have files below them: a name and its kind in. */

import type { DirectoryEntry } from '../io/read-directory.ts';
import { WAL_DIRECTORY } from '../postgres/data-directory.ts';

const TABLESPACE = /^pg_tblspc\/[1-9][0-9]*$/;

/** Whether it is a directory, or the link to a tablespace or to WAL. Others are not followed: they may lead anywhere. */
export function holdsFiles({ kind }: DirectoryEntry, path: string): boolean {
  return kind === 'directory' || (kind === 'symlink' && (path === WAL_DIRECTORY || TABLESPACE.test(path)));
}
