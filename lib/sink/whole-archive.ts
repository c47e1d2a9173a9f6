/**
 * Reads along with an archive that goes out as it is: a plain one must be a tar to its last block. A compressed one is
 * not looked into.
 */

import assert from 'node:assert';
import { parseArchiveName } from '../stream/archive-name.ts';
import { WholeTar } from '../tar/whole-tar.ts';

/** One archive. */
export class WholeArchive {
  readonly #tar: WholeTar | undefined;

  constructor(name: string) {
    const archive = parseArchiveName(name);
    assert(archive !== undefined, `invalid archive name "${name}"`);
    if (archive.compression === undefined) this.#tar = new WholeTar(name);
  }

  /** Throws BackupError where the archive is malformed. */
  push(parts: readonly Buffer[]): void {
    this.#tar?.push(parts);
  }

  /** Throws BackupError if the archive is cut short. */
  end(): void {
    this.#tar?.end();
  }
}
