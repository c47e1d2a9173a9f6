/**
 * Checks WAL records, one after the other, page by page: their headers (record-header.ts), the CRC-32C over all of a
 * record, and that the parts on later pages are marked as such. Of a record on several pages only the header and the
 * CRC so far are kept, never the record, which may have a gigabyte. The rules are those of XLogDecodeNextRecord() in
 * src/backend/access/transam/xlogreader.c.
 */

import { crc32c } from '../../crc/crc32c.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import type { WalFormat } from '../../postgres/versions.ts';
import type { WalExpectation } from './expectation.ts';
import { isContinued, isOverwritten, type WalPageHeader } from './page-header.ts';
import {
  checkRecordCrc,
  checkRecordHeader,
  isChecksumSwitch,
  isSwitchRecord,
  RECORD_HEADER_BYTES,
  readRecordBytes,
} from './record-header.ts';
import { WalDamage } from './wal-damage.ts';

/** Records begin at multiples of this (MAXALIGN). */
const ALIGNMENT = 8n;

/** A record of which parts are still to come. */
interface Unfinished {
  readonly lsn: Lsn;
  readonly totalBytes: number;
  gotBytes: number;
  /** CRC of what came after the header. */
  crc: number;
}

/** Checks the records of consecutive pages. */
export class WalRecordChecker {
  /** The end of the last record: everything from the first record to here is sound. */
  verified: Lsn;
  /** How many records were sound. */
  records = 0;
  /** Where the first record begins, once that is known. */
  first: Lsn | undefined;
  /** Where the first record is that switches data checksums, if there is one. */
  checksumSwitch: Lsn | undefined;
  readonly #start: Lsn;
  readonly #segmentBytes: bigint;
  /** Where the last record began. */
  #previous: Lsn | undefined;
  #unfinished: Unfinished | undefined;
  /** As the last page said. */
  #format: WalFormat | undefined;
  /** The header of the unfinished record. */
  readonly #header = Buffer.alloc(RECORD_HEADER_BYTES);

  constructor({ start, isBranch = false, segmentBytes }: WalExpectation) {
    this.verified = start;
    this.#start = start;
    if (!isBranch) this.first = start;
    this.#segmentBytes = BigInt(segmentBytes);
  }

  /**
   * Takes the next page, and returns where to go on: after the page, or after a switch record at the next segment.
   * Throws WalDamage.
   */
  page(page: Buffer, header: WalPageHeader, lsn: Lsn): Lsn {
    this.#format = header.format;
    let at =
      this.first === undefined
        ? this.#findFirst(page.length, header, lsn)
        : this.#beginPage(page, header, lsn);
    while (at < page.length) at = this.#beginRecord(page, at, lsn);
    const end = lsn + BigInt(page.length);
    return this.verified > end ? this.verified : end;
  }

  /** Where on the page the very first record begins: after the rest of one that began in another segment. */
  #findFirst(pageBytes: number, header: WalPageHeader, lsn: Lsn): number {
    const begun = lsn + BigInt(header.bytes + (isContinued(header) ? header.remaining : 0));
    const at = Number(roundUp(begun, ALIGNMENT) - lsn);
    if (at >= pageBytes) return pageBytes;
    this.first = lsn + BigInt(at);
    this.verified = this.first;
    return at;
  }

  /** Where on the page the first new record begins. */
  #beginPage(page: Buffer, header: WalPageHeader, lsn: Lsn): number {
    const givesUp = isOverwritten(header);
    const unfinished = this.#unfinished;
    if (unfinished !== undefined && !givesUp) {
      if (!isContinued(header)) throw new WalDamage(`there is no contrecord flag at ${formatLsn(lsn)}`);
      return this.#continue(unfinished, page, header, lsn);
    }
    // The server crashed before it wrote the rest. The next record tells replay to ignore the beginning, too.
    this.#unfinished = undefined;
    const at = lsn < this.#start ? Number(this.#start - lsn) : header.bytes;
    if (at < header.bytes) throw new WalDamage(`invalid record offset at ${formatLsn(this.#start)}`);
    if (isContinued(header) && at === header.bytes)
      throw new WalDamage(`contrecord is requested by ${formatLsn(lsn + BigInt(at))}`);
    if (lsn >= this.#start) checkNothingRemains(header, givesUp && unfinished === undefined, lsn);
    return at;
  }

  /** Takes the next part of a record, and returns where it ends on the page. */
  #continue(unfinished: Unfinished, page: Buffer, header: WalPageHeader, lsn: Lsn): number {
    const left = unfinished.totalBytes - unfinished.gotBytes;
    if (header.remaining !== left)
      throw new WalDamage(
        `invalid contrecord length ${header.remaining} (expected ${left}) at ${formatLsn(lsn)}`,
      );
    const end = header.bytes + left;
    this.#add(unfinished, page, header.bytes, Math.min(end, page.length));
    if (end > page.length) return page.length;
    this.#unfinished = undefined;
    this.#finish(this.#header, 0, unfinished.crc, unfinished.lsn, lsn + BigInt(end));
    return Number(this.verified - lsn);
  }

  /** Takes a record, or its first part, and returns where it ends on the page. */
  #beginRecord(page: Buffer, at: number, pageLsn: Lsn): number {
    const lsn = pageLsn + BigInt(at);
    const totalBytes = readRecordBytes(page, at, lsn);
    const end = at + totalBytes;
    if (end > page.length) {
      const unfinished: Unfinished = { lsn, totalBytes, gotBytes: 0, crc: 0 };
      this.#unfinished = unfinished;
      this.#add(unfinished, page, at, page.length);
      return page.length;
    }
    this.#checkHeader(page, at, lsn);
    const crc = crc32c(page.subarray(at + RECORD_HEADER_BYTES, end));
    this.#finish(page, at, crc, lsn, pageLsn + BigInt(end));
    return Number(this.verified - pageLsn);
  }

  /** Adds bytes of the page to the unfinished record. */
  #add(unfinished: Unfinished, page: Buffer, start: number, end: number): void {
    let at = start;
    const { gotBytes } = unfinished;
    if (gotBytes < RECORD_HEADER_BYTES) {
      at += page.copy(this.#header, gotBytes, start, Math.min(end, start + RECORD_HEADER_BYTES - gotBytes));
      if (gotBytes + at - start === RECORD_HEADER_BYTES) this.#checkHeader(this.#header, 0, unfinished.lsn);
    }
    unfinished.crc = crc32c(page.subarray(at, end), unfinished.crc);
    unfinished.gotBytes += end - start;
  }

  #checkHeader(bytes: Buffer, at: number, lsn: Lsn): void {
    checkRecordHeader(bytes, at, lsn, this.#previous, this.#format?.lastManager ?? 0);
  }

  /** A record is complete; its header is at `at` of these bytes. */
  #finish(bytes: Buffer, at: number, bodyCrc: number, lsn: Lsn, end: Lsn): void {
    checkRecordCrc(bytes, at, lsn, bodyCrc);
    this.#previous = lsn;
    this.records++;
    if (isChecksumSwitch(bytes, at, this.#format?.checksumManager)) this.checksumSwitch ??= lsn;
    this.verified = roundUp(end, isSwitchRecord(bytes, at) ? this.#segmentBytes : ALIGNMENT);
  }
}

/** On a page that does not begin with the rest of a record the server leaves this length zero. */
function checkNothingRemains(header: WalPageHeader, isStray: boolean, lsn: Lsn): void {
  if (header.remaining !== 0 || isStray) {
    const what = isStray ? 'overwrite-contrecord flag' : `contrecord length ${header.remaining}`;
    throw new WalDamage(`unexpected ${what} at ${formatLsn(lsn)}`);
  }
}

function roundUp(lsn: Lsn, unit: bigint): Lsn {
  const over = lsn % unit;
  return over === 0n ? lsn : lsn + unit - over;
}
