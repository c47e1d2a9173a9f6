/**
 * The header of a WAL record: how long the record is, which one it follows, which resource manager replays it, and
 * the CRC-32C over all of it. The layout is XLogRecord in src/include/access/xlogrecord.h; the rules are those of
 * ValidXLogRecordHeader() and ValidXLogRecord() in src/backend/access/transam/xlogreader.c.
 *
 * A header is passed as the bytes that contain it and its offset in them, so that no object is made for each record.
 */

import { crc32c } from '../../crc/crc32c.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { WalDamage } from './wal-damage.ts';

export const RECORD_HEADER_BYTES = 24;
/** Where fields are, in bytes from the record's beginning. */
const AT = { totalBytes: 0, previous: 8, info: 16, resourceManager: 17, crc: 20 } as const;
/** No server makes longer records (XLogRecordMaxSize, and MaxAllocSize before PostgreSQL 16). */
const MAX_RECORD_BYTES = 2 ** 30;
/** The first resource manager of extensions (RM_MIN_CUSTOM_ID). */
const FIRST_CUSTOM_MANAGER = 128;
/** The record after which the rest of a segment is not used: manager XLOG, type XLOG_SWITCH. */
const XLOG_MANAGER = 0;
const SWITCH_TYPE = 0x40;
const TYPE_BITS = 0xf0;
/** In the resource manager that switches data checksums. */
const CHECKSUMS_TYPE = 0x00;

/**
 * The length of the record; only the first bytes of its header need be there. Throws WalDamage for an impossible
 * length.
 */
export function readRecordBytes(bytes: Buffer, at: number, lsn: Lsn): number {
  const totalBytes = bytes.readUInt32LE(at + AT.totalBytes);
  if (totalBytes < RECORD_HEADER_BYTES)
    throw new WalDamage(
      `invalid record length at ${formatLsn(lsn)}: expected at least ${RECORD_HEADER_BYTES}, got ${totalBytes}`,
    );
  if (totalBytes > MAX_RECORD_BYTES)
    throw new WalDamage(
      `invalid record length at ${formatLsn(lsn)}: expected at most ${MAX_RECORD_BYTES}, got ${totalBytes}`,
    );
  return totalBytes;
}

/**
 * Checks all fields of the header but the length, which the CRC proves. `previous` is where the record before began, if
 * that is known, `lastManager` the last resource manager of the server. Throws WalDamage.
 */
export function checkRecordHeader(
  bytes: Buffer,
  at: number,
  lsn: Lsn,
  previous: Lsn | undefined,
  lastManager: number,
): void {
  const manager = bytes[at + AT.resourceManager] ?? 0;
  if (manager > lastManager && manager < FIRST_CUSTOM_MANAGER)
    throw new WalDamage(`invalid resource manager ID ${manager} at ${formatLsn(lsn)}`);
  const link = bytes.readBigUInt64LE(at + AT.previous);
  const fits = previous === undefined ? link < lsn : link === previous;
  if (!fits) throw new WalDamage(`record with incorrect prev-link ${formatLsn(link)} at ${formatLsn(lsn)}`);
}

/** Checks the CRC of a record, which continues from that of its body over the header. Throws WalDamage. */
export function checkRecordCrc(bytes: Buffer, at: number, lsn: Lsn, bodyCrc: number): void {
  if (crc32c(bytes.subarray(at, at + AT.crc), bodyCrc) !== bytes.readUInt32LE(at + AT.crc))
    throw new WalDamage(`incorrect resource manager data checksum in record at ${formatLsn(lsn)}`);
}

/** Whether this is a record by which data checksums are switched; it has one type (XLOG2_CHECKSUMS). */
export function isChecksumSwitch(bytes: Buffer, at: number, manager: number | undefined): boolean {
  const type = (bytes[at + AT.info] ?? 0) & TYPE_BITS;
  return manager !== undefined && bytes[at + AT.resourceManager] === manager && type === CHECKSUMS_TYPE;
}

/** Whether this is the record that ends a segment before it is full. */
export function isSwitchRecord(bytes: Buffer, at: number): boolean {
  const type = (bytes[at + AT.info] ?? 0) & TYPE_BITS;
  return bytes[at + AT.resourceManager] === XLOG_MANAGER && type === SWITCH_TYPE;
}
