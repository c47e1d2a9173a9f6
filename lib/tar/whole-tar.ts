/**
 * Reads along with an archive that goes elsewhere: it must be a tar to its last block, or a part of one would be taken
 * for the whole. Bytes go in, nothing comes out.
 */

import { type TarChunk, TarReader } from './reader.ts';

/** One archive. */
export class WholeTar {
  readonly #reader: TarReader;
  readonly #see: (chunk: TarChunk) => void;

  /** `see` is shown each piece of the archive, as it comes. */
  constructor(archive: string, see: (chunk: TarChunk) => void = () => {}) {
    this.#reader = new TarReader(archive);
    this.#see = see;
  }

  /** Takes the next bytes. Throws BackupError for an archive that the server cannot have sent. */
  push(parts: readonly Buffer[]): void {
    for (const part of parts) for (const chunk of this.#reader.push(part)) this.#see(chunk);
  }

  /** No more bytes come. Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader.end();
  }
}
