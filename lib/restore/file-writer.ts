/**
 * Writes files one after the other: contents in, files out. Pieces are gathered and written together, so that
 * a small file costs three system calls. All of it is synchronous: a promise a file would cost more than the
 * calls do. A file must not have been there, nor a link of its name, so nothing outside can be written to.
 */

import { closeSync, fchmodSync, fchownSync, ftruncateSync } from 'node:fs';
import { attempt, systemTrouble } from '../errors/system-trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { createFile, OWNER_FILE_MODE } from '../io/new-file.ts';
import { writeAllSync } from '../io/pieces.ts';

/** Reading and writing for the owner, reading for the group: the mode of files in clusters that allow it. */
export const GROUP_FILE_MODE = 0o640;

/** What takes the contents of a member. */
export interface ContentsSink {
  /** The bytes must stay valid until flush() or close(). */
  write(bytes: Buffer): void;
  flush(): void;
  close(): void;
}

/** Whom a file belongs to, by their ids. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One file at a time. */
export class FileWriter implements ContentsSink {
  /** Whom files are given to; undefined if they stay with whoever makes them. */
  owner: Owner | undefined;
  #fd: number | undefined;
  #path = '';
  #pending: Buffer[] = [];
  #bytes = 0;

  /** How much has been written, to all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Creates the file that the next writes go to. */
  open(path: string, mode: number): void {
    try {
      this.#fd = createFile(encodeName(path), mode);
      this.#path = path;
      if (this.owner !== undefined) fchownSync(this.#fd, this.owner.uid, this.owner.gid);
      // What the umask took away is given back, as pg_basebackup does.
      if (mode !== OWNER_FILE_MODE) fchmodSync(this.#fd, mode);
    } catch (error) {
      throw systemTrouble(`could not create file "${path}"`, error);
    }
  }

  write(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#pending.push(bytes);
  }

  /** Writes what is pending. */
  flush(): void {
    if (this.#pending.length === 0 || this.#fd === undefined) return;
    try {
      this.put(this.#fd, this.#pending);
    } catch (error) {
      throw systemTrouble(`could not write to file "${this.#path}"`, error);
    }
    this.#pending = [];
  }

  /** Writes the next pieces of the file. */
  protected put(fd: number, pieces: readonly Buffer[]): void {
    writeAllSync(fd, pieces);
  }

  /** Makes the file this long; what has not been written of it is a hole. */
  setLength(bytes: number): void {
    this.flush();
    const fd = this.#fd;
    if (fd === undefined) return;
    attempt(`could not write to file "${this.#path}"`, () => ftruncateSync(fd, bytes));
  }

  /** Writes what is pending and ends the file. */
  close(): void {
    this.flush();
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      closeSync(fd);
    } catch (error) {
      throw systemTrouble(`could not close file "${this.#path}"`, error);
    }
  }

  /** Gives up the open file, if there is one, as it is. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    this.#pending = [];
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Something has failed before, and that is the failure to be known.
    }
  }
}
