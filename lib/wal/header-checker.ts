/**
 * Checks the headers of consecutive WAL pages: magic number, address, timeline, and, on the first page of a segment, cluster
 * and sizes. The rules are those of XLogReaderValidatePageHeader() in src/backend/access/transam/xlogreader.c.
 */

import { formatLsn, type Lsn } from '../backup/lsn.ts';
import { WalDamage } from './damage.ts';
import type { WalExpectation } from './expectation.ts';
import {
  flagsAreKnown,
  PAGE_FLAG,
  readPageHeader,
  readSegmentHeader,
  versionOfMagic,
  type WalPageHeader,
} from './page-header.ts';
import { segmentStart } from './segment.ts';

const MIN_BLOCK_BYTES = 1024;
export const MAX_BLOCK_BYTES = 65536;

/** Checks one header after the other, the first one of a segment first. */
export class WalHeaderChecker {
  readonly #expected: WalExpectation;
  #blockBytes: number | undefined;
  #magic: number | undefined;
  #systemIdentifier: bigint | undefined;
  /** The timeline of the last page: they do not go back. */
  #timeline = 0;
  /** Where the last page is that says it is of an older timeline. */
  #lastOlder: Lsn | undefined;

  constructor(expected: WalExpectation) {
    this.#expected = expected;
  }

  /** The length of all pages, as the first one tells it. */
  get blockBytes(): number | undefined {
    return this.#blockBytes;
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

  /** Reads the header of the page that begins there; there must be LONG_HEADER_BYTES of it. Throws WalDamage. */
  check(page: Buffer, lsn: Lsn): WalPageHeader {
    const header = readPageHeader(page);
    this.#checkHeader(header, lsn);
    this.#checkLongHeader(page, header, lsn);
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
    this.#blockBytes = blockBytes;
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
