/**
 * The pages of one relation file that comes in pieces of any length, like the members of a tar. A page that is whole in
 * a piece is checked there; one that is cut is joined first. The result is the report on the file.
 */

import type { PageChecker } from './page-checker.ts';
import { emptyReport, type PageReport } from './page-report.ts';

/** Checks one file. */
export class FilePages {
  readonly #checker: PageChecker;
  readonly #report = emptyReport();
  readonly #cut: Buffer;
  #cutBytes = 0;
  #block: number;

  /** The first block is the number of the file's segment times the blocks in a segment. */
  constructor(checker: PageChecker, firstBlock: number) {
    this.#checker = checker;
    this.#cut = Buffer.alloc(checker.blockBytes);
    this.#block = firstBlock;
  }

  /** What comes next is the beginning of this block. */
  moveTo(block: number): void {
    this.#block = block;
  }

  /** Takes the next piece, which may be overwritten afterwards. */
  push(piece: Buffer): void {
    const begun = this.#cutBytes === 0 ? 0 : this.#complete(piece);
    const rest = piece.subarray(begun);
    const whole = rest.length - (rest.length % this.#checker.blockBytes);
    this.#check(rest.subarray(0, whole));
    if (whole < rest.length) this.#cutBytes += rest.copy(this.#cut, this.#cutBytes, whole);
  }

  /** The file has ended. Bytes after its last whole page are not checked. */
  end(): PageReport {
    return this.#report;
  }

  /** Adds to the page that was cut, and returns the number of bytes that it took. */
  #complete(piece: Buffer): number {
    const taken = piece.copy(this.#cut, this.#cutBytes);
    this.#cutBytes += taken;
    if (this.#cutBytes === this.#cut.length) {
      this.#check(this.#cut);
      this.#cutBytes = 0;
    }
    return taken;
  }

  #check(pages: Buffer): void {
    this.#checker.check(pages, this.#block, this.#report);
    this.#block += pages.length / this.#checker.blockBytes;
  }
}
