/**
 * The tuples of one page of a table: which are there, what is known of their being alive, and their data. The layout is
 * that of src/include/storage/bufpage.h, itemid.h and access/htup_details.h, the same in PostgreSQL 13 to 19, in the
 * byte order of the server, which is little-endian wherever it matters.
 *
 * Whether the transactions that made and deleted a tuple have committed is only taken from the hints in the tuple
 * itself: a tuple whose deleter is unknown counts as there.
 */

import { BackupError } from '../../errors/backup-error.ts';

const HEADER_BYTES = 24;
const LAYOUT_VERSION = 4;
const ITEM_BYTES = 4;
const ITEM_NORMAL = 1;
const TUPLE_HEADER_BYTES = 23;

const AT = { lower: 12, upper: 14, special: 16, sizeAndVersion: 18 } as const;
const TUPLE_AT = { deleter: 4, hints: 20, headerBytes: 22 } as const;

/** Bits of t_infomask. */
const HINT = {
  deleterOnlyLocks: 0x0080,
  inserterCommitted: 0x0100,
  inserterInvalid: 0x0200,
  deleterCommitted: 0x0400,
  deleterInvalid: 0x0800,
} as const;
/** Both bits: so old that it is visible to everybody. */
const FROZEN = HINT.inserterCommitted | HINT.inserterInvalid;

/** The data of the tuples that are not certainly dead. Throws BackupError if the page is none. */
export function readTuples(page: Buffer): Buffer[] {
  if (isEmpty(page)) return [];
  const lower = page.readUInt16LE(AT.lower);
  checkHeader(page, lower);
  const tuples: Buffer[] = [];
  for (let at = HEADER_BYTES; at < lower; at += ITEM_BYTES) {
    const item = page.readUInt32LE(at);
    if (((item >>> 15) & 3) !== ITEM_NORMAL) continue;
    const tuple = cut(page, item & 0x7fff, item >>> 17);
    if (mayBeAlive(tuple)) tuples.push(data(tuple));
  }
  return tuples;
}

/** A page that a table was extended by and that was not written yet. */
function isEmpty(page: Buffer): boolean {
  return page.readUInt16LE(AT.upper) === 0;
}

/** See PageIsVerified() in src/backend/storage/page/bufpage.c. */
function checkHeader(page: Buffer, lower: number): void {
  const upper = page.readUInt16LE(AT.upper);
  const special = page.readUInt16LE(AT.special);
  const isOrdered = HEADER_BYTES <= lower && lower <= upper && upper <= special && special <= page.length;
  if (!isOrdered || page.readUInt16LE(AT.sizeAndVersion) !== page.length + LAYOUT_VERSION) throw damaged();
}

function cut(page: Buffer, offset: number, length: number): Buffer {
  if (length < TUPLE_HEADER_BYTES || offset + length > page.length) throw damaged();
  return page.subarray(offset, offset + length);
}

function mayBeAlive(tuple: Buffer): boolean {
  const hints = tuple.readUInt16LE(TUPLE_AT.hints);
  if ((hints & FROZEN) === HINT.inserterInvalid) return false;
  const isDeleted =
    tuple.readUInt32LE(TUPLE_AT.deleter) !== 0 &&
    (hints & (HINT.deleterInvalid | HINT.deleterOnlyLocks)) === 0 &&
    (hints & HINT.deleterCommitted) !== 0;
  return !isDeleted;
}

function data(tuple: Buffer): Buffer {
  const headerBytes = tuple.readUInt8(TUPLE_AT.headerBytes);
  if (headerBytes < TUPLE_HEADER_BYTES || headerBytes > tuple.length) throw damaged();
  return tuple.subarray(headerBytes);
}

function damaged(): BackupError {
  return new BackupError('invalid page of a table');
}
