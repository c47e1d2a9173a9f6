/**
 * A file that has a temporary name while it is written, and gets its own when all is well: whatever has the
 * proper name is complete. The file of an uncompressed archive is read along as it is written: it must be a
 * tar to its last block.
 */

import assert from 'node:assert';
import { closeSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { createFile, PARTIAL_SUFFIX } from '../io/new-file.ts';
import { writeAllSync } from '../io/pieces.ts';
import { putInPlace } from '../io/put-in-place.ts';
import type { TarReader } from '../tar/reader.ts';

/** One file of a backup, from its first byte to its proper name. */
export class StagedFile {
  readonly name: string;
  readonly #path: string;
  readonly #tar: TarReader | undefined;
  #fd: number | undefined;
  #inPlace = false;
  #bytes = 0;

  /** Creates the file under its temporary name, and as one that was not there. */
  constructor(directory: string, name: string, tar?: TarReader) {
    this.name = name;
    this.#path = join(directory, name);
    this.#tar = tar;
    this.#fd = attempt(`could not create file "${this.path}"`, () => createFile(this.path));
  }

  /** Where the file is now. */
  get path(): string {
    return this.#inPlace ? this.#path : `${this.#path}${PARTIAL_SUFFIX}`;
  }

  /** How much has been written to it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Writes all the bytes. Throws BackupError where the archive is malformed. */
  write(parts: readonly Buffer[]): void {
    const fd = this.#fd;
    assert(fd !== undefined, `file "${this.name}" has been closed`);
    for (const part of parts) this.#tar?.check(part);
    attempt(`could not write to file "${this.#path}"`, () => writeAllSync(fd, parts));
    for (const part of parts) this.#bytes += part.length;
  }

  /** The file is all there. Throws BackupError if the archive is cut short. */
  close(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#tar?.end();
    this.#fd = undefined;
    attempt(`could not close file "${this.#path}"`, () => closeSync(fd));
  }

  /** Gives the file its proper name. Throws TroubleError if there is one of that name. */
  putInPlace(): void {
    putInPlace(this.path, this.#path);
    this.#inPlace = true;
  }

  /** Gives the file up as it is, without a look at what is in it. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      if (fd !== undefined) closeSync(fd);
    } catch {
      // Something has failed before, and that is the failure to be known.
    }
  }

  /** Removes the file. */
  remove(): void {
    attempt(`could not remove file "${this.path}"`, () => unlinkSync(this.path));
  }
}
