/**
 * What has a temporary name while it is written, and gets its own when all is well: whatever has its proper name is
 * complete.
 */

import { unlinkSync } from 'node:fs';
import { attempt } from '../errors/system-trouble.ts';
import { OWNER_FILE_MODE, PARTIAL_SUFFIX } from '../io/new-file.ts';
import { putInPlace } from '../io/put-in-place.ts';
import { type ContentsSink, FileWriter } from './file-writer.ts';

/** The two names of a file. Whoever has it writes to `path`. */
export class StagedName {
  /** The path that the file will have when all is well. */
  readonly proper: string;
  readonly #temporary: string;
  #inPlace = false;

  /** Where another file might have a name with the usual suffix, a random one is given. */
  constructor(path: string, suffix = PARTIAL_SUFFIX) {
    this.proper = path;
    this.#temporary = `${path}${suffix}`;
  }

  /** Where the file is now. */
  get path(): string {
    return this.#inPlace ? this.proper : this.#temporary;
  }

  /** Gives the file its proper name. Throws TroubleError if there is one of that name. */
  putInPlace(): void {
    putInPlace(this.#temporary, this.proper);
    this.#inPlace = true;
  }
}

/** One file, from its first byte to its proper name. */
export class StagedFile extends StagedName implements ContentsSink {
  readonly #file = new FileWriter();

  /** Creates the file under its temporary name, and as one that was not there. */
  constructor(path: string, suffix?: string) {
    super(path, suffix);
    this.#file.begin(this.path, OWNER_FILE_MODE);
  }

  /** How much has been written to it. */
  get bytes(): number {
    return this.#file.bytes;
  }

  push(parts: readonly Buffer[]): void {
    this.#file.push(parts);
  }

  end(): void {
    this.#file.end();
  }

  /** Gives the file up as it is. */
  abandon(): void {
    this.#file.abandon();
  }

  /** Removes the file. */
  remove(): void {
    attempt(`could not remove file "${this.path}"`, () => unlinkSync(this.path));
  }
}
