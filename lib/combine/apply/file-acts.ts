/** Single acts on files; what the system refuses is told with the path. */

import { lchownSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { attempt, systemTrouble } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { OWNER_FILE_MODE } from '../../io/new-file.ts';
import { type ContentsSink, FileWriter, type Owner } from '../../store/file-writer.ts';
import { NEW_SUFFIX } from './names.ts';

const PERMISSIONS = 0o777;

/** The contents; undefined if there is no such file. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemTrouble(`could not read file "${path}"`, error);
  }
}

/** Removes the file, if it is there. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(encodeName(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw systemTrouble(`could not remove file "${path}"`, error);
  }
}

/** Writes the next version of a file, with the same permissions, beside it. Returns where it is. */
export function writeNext(
  path: string,
  owner: Owner | undefined,
  write: (file: ContentsSink) => void,
): string {
  const next = `${path}${NEW_SUFFIX}`;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? OWNER_FILE_MODE;
  removeIfThere(next);
  const file = new FileWriter();
  try {
    file.begin(next, mode & PERMISSIONS, owner);
    write(file);
    file.end();
  } finally {
    file.abandon();
  }
  return next;
}

/** The next version takes the place of the file. */
export function putNextInPlace(path: string): void {
  rename(`${path}${NEW_SUFFIX}`, path);
}

/** Gives a file another name, whatever has that name. */
export function rename(from: string, to: string): void {
  attempt(`could not rename file "${from}" to "${to}"`, () => renameSync(from, to));
}

/** Gives what was made to the owner of the data directory, where root has made it. */
export function giveTo(path: string, owner: Owner | undefined): void {
  if (owner === undefined) return;
  attempt(`could not change owner of "${path}"`, () => lchownSync(encodeName(path), owner.uid, owner.gid));
}
