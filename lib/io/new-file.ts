/**
 * Creating files that must not exist. A link of that name is not followed, so that no other file can be overwritten. A
 * file that is not complete has a temporary name, which ends in one suffix everywhere.
 */

import { constants, openSync } from 'node:fs';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;

/** Reading and writing for the owner only: the mode of files in most clusters. */
export const OWNER_FILE_MODE = 0o600;

/** At the end of a temporary name. */
export const PARTIAL_SUFFIX = '.partial';

/** Opens it for writing. Throws the system's error. */
export function createFile(path: string | Buffer, mode = OWNER_FILE_MODE): number {
  return openSync(path, NEW_FILE, mode);
}
