/** Files of the global catalogs, laid out by hand as the server does it. */

import { crc32c } from '../../../../lib/crc/crc32c.ts';

/** Bits of t_infomask. */
export const COMMITTED = 0x0100;
export const INVALID = 0x0200;
export const DELETED = 0x0400;
export const NOT_DELETED = 0x0800;
export const ONLY_LOCKED = 0x0080;

const BLOCK = 8192;
const HEADER = 24;
const TUPLE_HEADER = 24;

/** pg_filenode.map with room for 62 or 64 pairs. */
export function relationMap(pairs: readonly (readonly [number, number])[], places: 62 | 64 = 62): Buffer {
  const bytes = Buffer.alloc(places === 62 ? 512 : 524);
  bytes.writeInt32LE(0x592717, 0);
  bytes.writeInt32LE(pairs.length, 4);
  for (const [index, [oid, file]] of pairs.entries()) {
    bytes.writeUInt32LE(oid, 8 + 8 * index);
    bytes.writeUInt32LE(file, 12 + 8 * index);
  }
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 8 + 8 * places)), 8 + 8 * places);
  return bytes;
}

/** A tuple with its header. */
export interface Tuple {
  readonly data: Buffer;
  readonly hints?: number;
  readonly xmax?: number;
}

/** A page of a table; the line pointer in front of each tuple's own is one that is not in use. */
export function heapPage(tuples: readonly Tuple[], size = BLOCK): Buffer {
  const page = Buffer.alloc(size);
  let upper = size;
  for (const [index, { data, hints = COMMITTED | NOT_DELETED, xmax = 0 }] of tuples.entries()) {
    const length = TUPLE_HEADER + data.length;
    upper -= Math.ceil(length / 8) * 8;
    page.writeUInt32LE(750, upper);
    page.writeUInt32LE(xmax, upper + 4);
    page.writeUInt16LE(hints, upper + 20);
    page.writeUInt8(TUPLE_HEADER, upper + 22);
    data.copy(page, upper + TUPLE_HEADER);
    page.writeUInt32LE(((length << 17) | (1 << 15) | upper) >>> 0, HEADER + 8 * index + 4);
  }
  page.writeUInt16LE(HEADER + 8 * tuples.length, 12);
  page.writeUInt16LE(upper, 14);
  page.writeUInt16LE(size, 16);
  page.writeUInt16LE(size + 4, 18);
  return page;
}

/** The beginning of a row of pg_database, and something behind it. */
export function databaseRow(oid: number, name: string): Buffer {
  const row = Buffer.alloc(4 + 64 + 20);
  row.writeUInt32LE(oid, 0);
  row.write(name, 4, 64);
  return row;
}
