/**
 * Cuts WAL into its pages and checks their headers: magic number, address, timeline, cluster. Bytes come in
 * with their position, in pieces of any length; whole pages go on to the records (record-checker.ts), without a
 * copy where they lie whole in a piece. The size of pages is learnt from the first page of the first segment, which is
 * therefore wanted even if the range begins later in the segment; what lies between is not. The rules are those of
 * XLogReaderValidatePageHeader() in src/backend/access/transam/xlogreader.c.
 */

import { formatLsn, type Lsn } from '../backup/lsn.ts';
import { WalDamage } from './damage.ts';
import {
  flagsAreKnown,
  LONG_HEADER_BYTES,
  PAGE_FLAG,
  readPageHeader,
  readSegmentHeader,
  versionOfMagic,
  type WalPageHeader,
} from './page-header.ts';
import { segmentStart } from './segment.ts';

/** What WAL is expected. */
export interface WalExpectation {
  readonly timeline: number;
  /** Where the first record begins that is wanted. */
  readonly start: Lsn;
  /**
   * The timeline branched off in the segment that begins at `start`, it is not known where: the segment begins with the
   * older timeline's WAL, and what is wanted begins with the first record that is whole.
   */
  readonly isBranch?: boolean;
  readonly segmentBytes: number;
  /** Of the cluster; not checked if not known. */
  readonly systemIdentifier?: bigint | undefined;
  /** The major version of the server; not checked if not known. */
  readonly version?: number | undefined;
}

/** Takes the pages from the one with the start on; returns where to go on, usually where the page ends. */
export type PageConsumer = (page: Buffer, header: WalPageHeader, lsn: Lsn) => Lsn;

const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 65536;

/** Walks from page to page. */
export class WalPageWalker {
  readonly #expected: WalExpectation;
  readonly #consume: PageConsumer;
  readonly #cut = Buffer.alloc(MAX_BLOCK_BYTES);
  #cutBytes = 0;
  /** Undefined until the first header was read. */
  #blockBytes: number | undefined;
  #magic: number | undefined;
  #systemIdentifier: bigint | undefined;
  /** The timeline of the last page: they do not go back. */
  #timeline = 0;
  /** Where the last page is that says it is of an older timeline. */
  #lastOlder: Lsn | undefined;
  /** Where the page begins that is taken next. */
  #pageStart: Lsn;

  constructor(expected: WalExpectation, consume: PageConsumer) {
    this.#expected = expected;
    this.#consume = consume;
    this.#pageStart = segmentStart(expected.start, expected.segmentBytes);
  }

  /** The first byte that is wanted next. */
  get position(): Lsn {
    return this.#pageStart + BigInt(this.#cutBytes);
  }

  /** The cluster's identifier, once a page has told it. */
  get systemIdentifier(): bigint | undefined {
    return this.#systemIdentifier;
  }

  /** The major version that wrote the pages, once one has come. */
  get version(): number | undefined {
    return this.#magic === undefined ? undefined : versionOfMagic(this.#magic);
  }

  /** Whether all pages that begin at this position or behind it are of the timeline expected. */
  isOwnFrom(lsn: Lsn): boolean {
    return this.#lastOlder === undefined || this.#lastOlder < lsn;
  }

  /** Takes bytes and ignores those that are not wanted. Throws WalDamage, and then must not be used any more. */
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

  /** Takes a page or, where there is no whole one, as much as there is, and says how much that was. */
  #take(bytes: Buffer): number {
    const block = this.#blockBytes;
    if (block !== undefined && this.#cutBytes === 0 && bytes.length >= block) {
      this.#page(bytes.subarray(0, block));
      return block;
    }
    const wanted = block ?? LONG_HEADER_BYTES;
    const taken = bytes.copy(this.#cut, this.#cutBytes, 0, wanted - this.#cutBytes);
    this.#cutBytes += taken;
    if (this.#cutBytes < wanted) return taken;
    if (block === undefined) {
      this.#blockBytes = this.#learnBlockSize();
    } else {
      this.#cutBytes = 0;
      this.#page(this.#cut.subarray(0, block));
    }
    return taken;
  }

  #learnBlockSize(): number {
    this.#checkPage(this.#cut);
    return readSegmentHeader(this.#cut).blockBytes;
  }

  /** Takes the page that begins where the last one ended. */
  #page(page: Buffer): void {
    const header = this.#checkPage(page);
    const lsn = this.#pageStart;
    const { start } = this.#expected;
    const isBefore = lsn + BigInt(page.length) <= start;
    this.#pageStart = isBefore ? start - (start % BigInt(page.length)) : this.#consume(page, header, lsn);
  }

  #checkPage(page: Buffer): WalPageHeader {
    const header = readPageHeader(page);
    this.#checkHeader(header, this.#pageStart);
    this.#checkLongHeader(page, header, this.#pageStart);
    return header;
  }

  #checkHeader(header: WalPageHeader, lsn: Lsn): void {
    this.#checkMagic(header.magic, lsn);
    if (!flagsAreKnown(header.flags)) throw invalidFlags(header, lsn);
    if (header.address !== lsn)
      throw new WalDamage(`unexpected pageaddr ${formatLsn(header.address)} at ${formatLsn(lsn)}`);
    const { timeline } = this.#expected;
    const fits = this.#mayBeOlder(lsn)
      ? header.timeline >= this.#timeline && header.timeline <= timeline
      : header.timeline === timeline;
    if (!fits || header.timeline === 0)
      throw new WalDamage(
        `unexpected timeline ID ${header.timeline} (should be ${timeline}) at ${formatLsn(lsn)}`,
      );
    this.#timeline = header.timeline;
    if (header.timeline !== timeline) this.#lastOlder = lsn;
  }

  /** Where a timeline branches off inside a segment, that begins with a copy of the older timeline's pages. */
  #mayBeOlder(lsn: Lsn): boolean {
    const { start, isBranch, segmentBytes } = this.#expected;
    return lsn < (isBranch === true ? start + BigInt(segmentBytes) : start);
  }

  /** The first page says which version wrote it, and all others must say the same. */
  #checkMagic(magic: number, lsn: Lsn): void {
    if (magic === this.#magic) return;
    const version = versionOfMagic(magic);
    const expected = this.#expected.version ?? version;
    if (this.#magic !== undefined || version === undefined || version !== expected)
      throw new WalDamage(
        `invalid magic number ${magic.toString(16).toUpperCase().padStart(4, '0')} at ${formatLsn(lsn)}`,
      );
    this.#magic = magic;
  }

  #checkLongHeader(page: Buffer, header: WalPageHeader, lsn: Lsn): void {
    const isFirst = lsn === segmentStart(lsn, this.#expected.segmentBytes);
    const isLong = (header.flags & PAGE_FLAG.longHeader) !== 0;
    if (isFirst !== isLong) throw invalidFlags(header, lsn);
    if (!isFirst) return;
    const { systemIdentifier, segmentBytes, blockBytes } = readSegmentHeader(page);
    const expected = this.#expected.systemIdentifier ?? this.#systemIdentifier;
    if (expected !== undefined && systemIdentifier !== expected)
      throw otherCluster(`WAL file database system identifier is ${systemIdentifier}, not ${expected}`);
    if (segmentBytes !== this.#expected.segmentBytes)
      throw otherCluster('incorrect segment size in page header');
    if (blockBytes !== this.#blockBytes && (this.#blockBytes !== undefined || !isWalBlockSize(blockBytes)))
      throw otherCluster('incorrect XLOG_BLCKSZ in page header');
    this.#systemIdentifier = systemIdentifier;
  }
}

function isWalBlockSize(bytes: number): boolean {
  return bytes >= MIN_BLOCK_BYTES && bytes <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(bytes));
}

function invalidFlags(header: WalPageHeader, lsn: Lsn): WalDamage {
  const flags = header.flags.toString(16).toUpperCase().padStart(4, '0');
  return new WalDamage(`invalid info bits ${flags} at ${formatLsn(lsn)}`);
}

function otherCluster(reason: string): WalDamage {
  return new WalDamage(`WAL file is from different database system: ${reason}`);
}
