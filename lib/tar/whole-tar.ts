/**
 * Reads along with an archive that goes elsewhere: it must be a tar to its last block, or a part of one would be taken
 * for the whole. Bytes go in, nothing comes out.
 */

import type { Member } from './member.ts';
import { TarReader } from './reader.ts';

/** One archive. */
export class WholeTar {
  readonly #reader: TarReader;
  readonly #see: (member: Member) => void;

  /** `see` is told of each member, as it comes. */
  constructor(archive: string, see: (member: Member) => void = () => {}) {
    this.#reader = new TarReader(archive);
    this.#see = see;
  }

  /** Takes the next bytes. Throws BackupError for an archive that the server cannot have sent. */
  push(parts: readonly Buffer[]): void {
    for (const part of parts)
      for (const chunk of this.#reader.push(part)) if (chunk.type === 'header') this.#see(chunk.member);
  }

  /** No more bytes come. Throws BackupError if the archive is cut short. */
  end(): void {
    this.#reader.end();
  }
}
