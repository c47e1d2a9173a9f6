/**
 * Cuts WAL into its pages and has their headers checked (header-checker.ts). Bytes come in with their position, in
 * pieces of any length; whole pages go on to the records (record-checker.ts), without a copy where they lie whole in a
 * piece. The page size is in the header of the first page of the first segment, so that page is needed even if the
 * range begins later in the segment; the pages between are not.
 */

import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { segmentStart } from '../../postgres/wal-segment.ts';
import type { WalExpectation } from './expectation.ts';
import { MAX_BLOCK_BYTES, WalHeaderChecker } from './header-checker.ts';
import { LONG_HEADER_BYTES, type WalPageHeader } from './page-header.ts';
import { WalDamage } from './wal-damage.ts';

/**
 * Takes the pages, beginning with the one that contains the start. Returns where to go on, usually the end of the page.
 */
export type PageConsumer = (page: Buffer, header: WalPageHeader, lsn: Lsn) => Lsn;

/** Walks from page to page. */
export class WalPageWalker {
  readonly headers: WalHeaderChecker;
  readonly #start: Lsn;
  readonly #consume: PageConsumer;
  readonly #cut = Buffer.alloc(MAX_BLOCK_BYTES);
  #cutBytes = 0;
  /** Where the page begins that is taken next. */
  #pageStart: Lsn;

  constructor(expected: WalExpectation, consume: PageConsumer) {
    this.headers = new WalHeaderChecker(expected);
    this.#start = expected.start;
    this.#consume = consume;
    this.#pageStart = segmentStart(expected.start, expected.segmentBytes);
  }

  /** The first byte that is wanted next. */
  get position(): Lsn {
    return this.#pageStart + BigInt(this.#cutBytes);
  }

  /** Takes bytes and ignores those that are not needed. Throws WalDamage, and must not be used after that. */
  push(lsn: Lsn, bytes: Buffer): void {
    let at = lsn;
    let rest = bytes;
    for (;;) {
      const skipped = this.position - at;
      if (skipped < 0n) throw new WalDamage(`WAL is missing from ${formatLsn(this.position)} on`);
      if (skipped >= BigInt(rest.length)) return;
      rest = rest.subarray(Number(skipped));
      at += skipped;
      const taken = this.#take(rest);
      rest = rest.subarray(taken);
      at += BigInt(taken);
    }
  }

  /** Takes a page or, if it is not complete, the part that has come. Returns the number of bytes taken. */
  #take(bytes: Buffer): number {
    const block = this.headers.blockBytes;
    if (block !== undefined && this.#cutBytes === 0 && bytes.length >= block) {
      this.#page(bytes.subarray(0, block));
      return block;
    }
    const wanted = block ?? LONG_HEADER_BYTES;
    const taken = bytes.copy(this.#cut, this.#cutBytes, 0, wanted - this.#cutBytes);
    this.#cutBytes += taken;
    if (this.#cutBytes < wanted) return taken;
    if (block === undefined) {
      this.headers.check(this.#cut, this.#pageStart);
    } else {
      this.#cutBytes = 0;
      this.#page(this.#cut.subarray(0, block));
    }
    return taken;
  }

  /** Takes the page that begins where the last one ended. */
  #page(page: Buffer): void {
    const lsn = this.#pageStart;
    const header = this.headers.check(page, lsn);
    const start = this.#start;
    const isBefore = lsn + BigInt(page.length) <= start;
    this.#pageStart = isBefore ? start - (start % BigInt(page.length)) : this.#consume(page, header, lsn);
  }
}
