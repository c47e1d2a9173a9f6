/**
 * Writes files one after the other: contents in, files out. All of it is synchronous: a promise a file would cost more
 * than the calls do. A file must not have been there, nor a link of its name, so nothing outside can be written to.
 */

import { closeSync, fchmodSync, fchownSync, ftruncateSync } from 'node:fs';
import { attempt } from '../errors/system-trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { createFile, OWNER_FILE_MODE } from '../io/new-file.ts';
import { writeAllSync } from '../io/pieces.ts';

/** Reading and writing for the owner, reading for the group: the mode of files in clusters that allow it. */
export const GROUP_FILE_MODE = 0o640;

/** What takes the contents of a file. */
export interface ContentsSink {
  /** Takes the next bytes and is done with them. */
  push(parts: readonly Buffer[]): void;
  /** The contents are complete. */
  end(): void;
}

/** Whom a file belongs to, by their ids. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One file at a time. */
export class FileWriter implements ContentsSink {
  #fd: number | undefined;
  #path = '';
  #bytes = 0;

  /** Where the file is that was begun last. */
  get path(): string {
    return this.#path;
  }

  /** How much has been written, to all files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Creates the file that what follows is written to. Without an owner, it belongs to the user who runs this. */
  begin(path: string, mode: number, owner?: Owner): void {
    attempt(`could not create file "${path}"`, () => {
      this.#fd = createFile(encodeName(path), mode);
      this.#path = path;
      if (owner !== undefined) fchownSync(this.#fd, owner.uid, owner.gid);
      // What the umask took away is given back, as pg_basebackup does.
      if (mode !== OWNER_FILE_MODE) fchmodSync(this.#fd, mode);
    });
  }

  push(parts: readonly Buffer[]): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    attempt(`could not write to file "${this.#path}"`, () => this.put(fd, parts));
    for (const { length } of parts) this.#bytes += length;
  }

  /** Writes the next pieces of the file. */
  protected put(fd: number, pieces: readonly Buffer[]): void {
    writeAllSync(fd, pieces);
  }

  /** Makes the file this long; what has not been written of it is a hole. */
  setLength(bytes: number): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    attempt(`could not write to file "${this.#path}"`, () => ftruncateSync(fd, bytes));
  }

  end(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    attempt(`could not close file "${this.#path}"`, () => closeSync(fd));
  }

  /** Gives up the open file, if there is one, as it is. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Something has failed before, and that is the failure to be known.
    }
  }
}
