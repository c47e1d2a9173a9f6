/**
 * Checks WAL records, one after the other, as pages bring them: length, link to the record before, resource
 * manager, CRC-32C over all of a record, and that its parts on later pages are announced as such. Of a record
 * that goes over several pages only the header and the CRC so far are kept, never the record, which may have a
 * gigabyte. The rules are those of XLogDecodeNextRecord(), ValidXLogRecordHeader() and ValidXLogRecord() in
 * src/backend/access/transam/xlogreader.c; the layout is XLogRecord in src/include/access/xlogrecord.h.
 */

import { formatLsn, type Lsn } from '../backup/lsn.ts';
import { crc32c } from '../crc/crc32c.ts';
import { WalDamage } from './damage.ts';
import type { WalExpectation } from './expectation.ts';
import { PAGE_FLAG, type WalPageHeader } from './page-header.ts';

/** Where fields of a record's header are, in bytes from the record's beginning. */
const AT = { totalBytes: 0, previous: 8, info: 16, resourceManager: 17, crc: 20 } as const;
const HEADER_BYTES = 24;
/** Records begin at multiples of this (MAXALIGN). */
const ALIGNMENT = 8n;
/** No server makes longer records (XLogRecordMaxSize, and MaxAllocSize before PostgreSQL 16). */
const MAX_RECORD_BYTES = 2 ** 30;
/** Resource managers of the server, and those of extensions (rmgrlist.h, RM_MIN_CUSTOM_ID). */
const LAST_BUILTIN_MANAGER = 21;
const FIRST_CUSTOM_MANAGER = 128;
/** The record after which the rest of a segment is not used: manager XLOG, type XLOG_SWITCH. */
const XLOG_MANAGER = 0;
const SWITCH_TYPE = 0x40;
const TYPE_BITS = 0xf0;

/** A record of which parts are still to come. */
interface Unfinished {
  readonly lsn: Lsn;
  readonly totalBytes: number;
  gotBytes: number;
  /** CRC of what came behind the header. */
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
  readonly #start: Lsn;
  readonly #segmentBytes: bigint;
  /** Where the last record began. */
  #previous: Lsn | undefined;
  #unfinished: Unfinished | undefined;
  /** The header of the unfinished record. */
  readonly #header = Buffer.alloc(HEADER_BYTES);

  constructor({ start, isBranch = false, segmentBytes }: WalExpectation) {
    this.verified = start;
    this.#start = start;
    if (!isBranch) this.first = start;
    this.#segmentBytes = BigInt(segmentBytes);
  }

  /** Takes the next page, and says where to go on: behind it, or behind the segment after a switch. Throws WalDamage. */
  page(page: Buffer, header: WalPageHeader, lsn: Lsn): Lsn {
    let at =
      this.first === undefined
        ? this.#findFirst(page.length, header, lsn)
        : this.#beginPage(page, header, lsn);
    while (at < page.length) at = this.#beginRecord(page, at, lsn);
    const end = lsn + BigInt(page.length);
    return this.verified > end ? this.verified : end;
  }

  /** Where on the page the first record begins at all: behind the rest of one that began in another segment. */
  #findFirst(pageBytes: number, header: WalPageHeader, lsn: Lsn): number {
    const isContinued = (header.flags & PAGE_FLAG.firstIsContrecord) !== 0;
    const begun = lsn + BigInt(header.bytes + (isContinued ? header.remaining : 0));
    const at = Number(roundUp(begun, ALIGNMENT) - lsn);
    if (at >= pageBytes) return pageBytes;
    this.first = lsn + BigInt(at);
    this.verified = this.first;
    return at;
  }

  /** Where on the page the first record begins that is new. */
  #beginPage(page: Buffer, header: WalPageHeader, lsn: Lsn): number {
    const isOverwritten = (header.flags & PAGE_FLAG.firstIsOverwriteContrecord) !== 0;
    const isContinued = (header.flags & PAGE_FLAG.firstIsContrecord) !== 0;
    const unfinished = this.#unfinished;
    if (unfinished !== undefined && !isOverwritten) {
      if (!isContinued) throw new WalDamage(`there is no contrecord flag at ${formatLsn(lsn)}`);
      return this.#continue(unfinished, page, header, lsn);
    }
    // The server crashed before it wrote the rest; what follows tells replay to forget the beginning, too.
    this.#unfinished = undefined;
    const at = lsn < this.#start ? Number(this.#start - lsn) : header.bytes;
    if (at < header.bytes) throw new WalDamage(`invalid record offset at ${formatLsn(this.#start)}`);
    if (isContinued && at === header.bytes)
      throw new WalDamage(`contrecord is requested by ${formatLsn(lsn + BigInt(at))}`);
    if (lsn >= this.#start) checkNothingRemains(header, isOverwritten && unfinished === undefined, lsn);
    return at;
  }

  /** Takes the next part of a record, and says what follows it on the page. */
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

  /** Takes a record, or its first part, and says what follows it on the page. */
  #beginRecord(page: Buffer, at: number, pageLsn: Lsn): number {
    const lsn = pageLsn + BigInt(at);
    const totalBytes = page.readUInt32LE(at + AT.totalBytes);
    if (totalBytes < HEADER_BYTES)
      throw new WalDamage(
        `invalid record length at ${formatLsn(lsn)}: expected at least ${HEADER_BYTES}, got ${totalBytes}`,
      );
    if (totalBytes > MAX_RECORD_BYTES)
      throw new WalDamage(
        `invalid record length at ${formatLsn(lsn)}: expected at most ${MAX_RECORD_BYTES}, got ${totalBytes}`,
      );
    const end = at + totalBytes;
    if (end > page.length) {
      const unfinished: Unfinished = { lsn, totalBytes, gotBytes: 0, crc: 0 };
      this.#unfinished = unfinished;
      this.#add(unfinished, page, at, page.length);
      return page.length;
    }
    this.#checkHeader(page, at, lsn);
    const crc = crc32c(page.subarray(at + HEADER_BYTES, end));
    this.#finish(page, at, crc, lsn, pageLsn + BigInt(end));
    return Number(this.verified - pageLsn);
  }

  /** Adds bytes of the page to the unfinished record. */
  #add(unfinished: Unfinished, page: Buffer, start: number, end: number): void {
    let at = start;
    const { gotBytes } = unfinished;
    if (gotBytes < HEADER_BYTES) {
      at += page.copy(this.#header, gotBytes, start, Math.min(end, start + HEADER_BYTES - gotBytes));
      if (gotBytes + at - start === HEADER_BYTES) this.#checkHeader(this.#header, 0, unfinished.lsn);
    }
    unfinished.crc = crc32c(page.subarray(at, end), unfinished.crc);
    unfinished.gotBytes += end - start;
  }

  /** Checks the header that is at this place; what it says can be right only if the CRC is. */
  #checkHeader(bytes: Buffer, at: number, lsn: Lsn): void {
    const manager = bytes[at + AT.resourceManager] ?? 0;
    if (manager > LAST_BUILTIN_MANAGER && manager < FIRST_CUSTOM_MANAGER)
      throw new WalDamage(`invalid resource manager ID ${manager} at ${formatLsn(lsn)}`);
    const previous = bytes.readBigUInt64LE(at + AT.previous);
    const fits = this.#previous === undefined ? previous < lsn : previous === this.#previous;
    if (!fits)
      throw new WalDamage(`record with incorrect prev-link ${formatLsn(previous)} at ${formatLsn(lsn)}`);
  }

  /** The record whose header is at this place, and which ends there, is complete. */
  #finish(bytes: Buffer, at: number, bodyCrc: number, lsn: Lsn, end: Lsn): void {
    if (crc32c(bytes.subarray(at, at + AT.crc), bodyCrc) !== bytes.readUInt32LE(at + AT.crc))
      throw new WalDamage(`incorrect resource manager data checksum in record at ${formatLsn(lsn)}`);
    this.#previous = lsn;
    this.records++;
    const isSwitch =
      bytes[at + AT.resourceManager] === XLOG_MANAGER &&
      ((bytes[at + AT.info] ?? 0) & TYPE_BITS) === SWITCH_TYPE;
    this.verified = roundUp(end, isSwitch ? this.#segmentBytes : ALIGNMENT);
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
