/**
 * CRC-32C by a table, eight bytes at a time ("slicing by 8", see src/port/pg_crc32c_sb8.c): each of the eight bytes is
 * looked up in the table for its distance from the end, and all results are combined.
 */

/** Continues the CRC of what came before, 0 at the beginning, with more bytes. */
export type Crc32cFunction = (bytes: Buffer, previous: number) => number;

/** The polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;
const ENTRIES = 256;

/** Table n, at 256 * n, has what a byte does to the value when n more zero bytes follow it. */
const TABLES = makeTables();

/** As crc32c() in crc32c.ts. */
export function tableCrc32c(bytes: Buffer, previous: number): number {
  const { length } = bytes;
  let crc = ~previous;
  let position = 0;
  for (; position + SLICES <= length; position += SLICES) {
    crc ^= word(bytes, position);
    const next = word(bytes, position + 4);
    crc =
      entry(7, crc & 0xff) ^
      entry(6, (crc >>> 8) & 0xff) ^
      entry(5, (crc >>> 16) & 0xff) ^
      entry(4, crc >>> 24) ^
      entry(3, next & 0xff) ^
      entry(2, (next >>> 8) & 0xff) ^
      entry(1, (next >>> 16) & 0xff) ^
      entry(0, next >>> 24);
  }
  for (; position < length; position++) crc = entry(0, (crc ^ (bytes[position] ?? 0)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function entry(slice: number, byte: number): number {
  return TABLES[slice * ENTRIES + byte] ?? 0;
}

/** Four bytes in little-endian order, without the checks of Buffer's methods. */
function word(bytes: Buffer, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let index = ENTRIES; index < tables.length; index++) {
    const shorter = tables[index - ENTRIES] ?? 0;
    tables[index] = (tables[shorter & 0xff] ?? 0) ^ (shorter >>> 8);
  }
  return tables;
}
