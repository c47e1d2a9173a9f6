/**
 * Gives a file its proper name, if that is free: a temporary name and the proper one in, nothing out. Not by rename(2),
 * which replaces what somebody else has put there meanwhile; link(2) does not.
 */

import { closeSync, linkSync, renameSync, unlinkSync } from 'node:fs';
import { systemTrouble } from '../errors/system-trouble.ts';
import { createFile } from './new-file.ts';

/** What link(2) fails with where the file system has no hard links, or the system does not allow one. */
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

/** Whether that, or the TroubleError for it, says that a name is taken. */
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

/** An empty file reserves the name, so that what is replaced is ours. */
function renameToReserved(temporary: string, path: string): void {
  closeSync(createFile(path));
  try {
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}
