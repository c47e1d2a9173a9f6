/**
 * Gives a file with a temporary name its proper name, if that is free. rename(2) would replace a file that somebody
 * else has created there meanwhile; link(2) does not.
 */

import { closeSync, linkSync, renameSync, unlinkSync } from 'node:fs';
import { systemTrouble } from '../errors/system-trouble.ts';
import { createFile } from './new-file.ts';

/** Errors of link(2) where the file system has no hard links, or the system does not allow one. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Throws TroubleError, and changes nothing, if there is anything of the proper name. */
export function putInPlace(temporary: string, path: string, link: typeof linkSync = linkSync): void {
  try {
    if (linked(temporary, path, link)) unlinkSync(temporary);
    else renameToReserved(temporary, path);
  } catch (error) {
    const act = isTaken(error)
      ? `could not create file "${path}"`
      : `could not rename file "${temporary}" to "${path}"`;
    throw systemTrouble(act, error);
  }
}

/** Whether a system error, or the TroubleError for one, says that a name is taken. */
export function isTaken(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return (cause?.code ?? code) === 'EEXIST';
}

function linked(temporary: string, path: string, link: typeof linkSync): boolean {
  try {
    link(temporary, path);
    return true;
  } catch (error) {
    if (NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** An empty file reserves the name, so that rename(2) replaces a file of ours. */
function renameToReserved(temporary: string, path: string): void {
  closeSync(createFile(path));
  try {
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}
