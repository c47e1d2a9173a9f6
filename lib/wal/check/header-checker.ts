/**
 * Checks the headers of consecutive WAL pages: magic number, address, timeline, and, on the first page of a segment,
 * cluster and sizes. The rules are those of XLogReaderValidatePageHeader() in src/backend/access/transam/xlogreader.c.
 */

import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { isNewerMagic, versionsOfMagic, type WalFormat, walFormat } from '../../postgres/versions.ts';
import { segmentStart } from '../../postgres/wal-segment.ts';
import type { WalExpectation } from './expectation.ts';
import {
  PAGE_FLAG,
  readMagic,
  readPageHeader,
  readSegmentHeader,
  type WalPageHeader,
} from './page-header.ts';
import { NewerWal, WalDamage } from './wal-damage.ts';

const MIN_BLOCK_BYTES = 1024;
export const MAX_BLOCK_BYTES = 65536;

/** Checks one header after the other, the first one of a segment first. */
export class WalHeaderChecker {
  readonly #expected: WalExpectation;
  #blockBytes: number | undefined;
  #format: WalFormat | undefined;
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

  /** The major versions that write such pages; none as long as no page has come. */
  get versions(): readonly number[] {
    return this.#format === undefined ? [] : versionsOfMagic(this.#format.magic);
  }

  /** Whether all pages that begin at this position or after it are of the expected timeline. */
  isOwnFrom(lsn: Lsn): boolean {
    return this.#lastOlder === undefined || this.#lastOlder < lsn;
  }

  /** Reads the header of the page that begins there; there must be LONG_HEADER_BYTES of it. Throws WalDamage. */
  check(page: Buffer, lsn: Lsn): WalPageHeader {
    const header = readPageHeader(page, this.#formatOf(readMagic(page), lsn));
    this.#checkHeader(header, lsn);
    this.#checkLongHeader(page, header, lsn);
    return header;
  }

  #checkHeader(header: WalPageHeader, lsn: Lsn): void {
    if ((header.flags & ~header.format.allFlags) !== 0) throw invalidFlags(header, lsn);
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
  #formatOf(magic: number, lsn: Lsn): WalFormat {
    if (magic === this.#format?.magic) return this.#format;
    const complaint = `invalid magic number ${hex4(magic)} at ${formatLsn(lsn)}`;
    const { version } = this.#expected;
    const format = walFormat(magic);
    if (this.#format !== undefined) throw new WalDamage(complaint);
    if (format === undefined && isNewerMagic(magic, version)) throw new NewerWal(magic, complaint);
    if (format === undefined || (version !== undefined && !versionsOfMagic(magic).includes(version)))
      throw new WalDamage(complaint);
    this.#format = format;
    return format;
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
  return new WalDamage(`invalid info bits ${hex4(header.flags)} at ${formatLsn(lsn)}`);
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function otherCluster(reason: string): WalDamage {
  return new WalDamage(`WAL file is from different database system: ${reason}`);
}
