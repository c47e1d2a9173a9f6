/**
 * The fields of a tar header block, 512 bytes laid out as POSIX ustar (pax(1), "ustar Interchange Format";
 * src/port/tar.c in PostgreSQL). node-tar's codec does the same, but is less strict, and takes six microseconds a
 * header, too slow for archives of many small files.
 */

import { decodeName } from '../io/file-name.ts';
import { malformedTar, type TarPosition } from './malformed-tar.ts';

/** Tar archives consist of blocks of this size. */
export const TAR_BLOCK_BYTES = 512;

interface Field {
  readonly at: number;
  readonly bytes: number;
}

/** Offset and length of the fields that are read. */
export const FIELD = {
  name: { at: 0, bytes: 100 },
  mode: { at: 100, bytes: 8 },
  uid: { at: 108, bytes: 8 },
  gid: { at: 116, bytes: 8 },
  size: { at: 124, bytes: 12 },
  mtime: { at: 136, bytes: 12 },
  checksum: { at: 148, bytes: 8 },
  type: { at: 156, bytes: 1 },
  linkTarget: { at: 157, bytes: 100 },
  magic: { at: 257, bytes: 8 },
  userName: { at: 265, bytes: 32 },
  groupName: { at: 297, bytes: 32 },
  deviceMajor: { at: 329, bytes: 8 },
  deviceMinor: { at: 337, bytes: 8 },
  prefix: { at: 345, bytes: 155 },
} as const satisfies Record<string, Field>;

const NUL = 0;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_7 = 0x37;
const BASE_256 = 0x80;
const BASE_256_NEGATIVE = 0xff;
const USTAR = Buffer.from('ustar').readUIntBE(0, 5);
/** What follows "ustar": NUL and version 00, or two spaces and NUL. */
const POSIX_VERSION = 0x003030;
const GNU_VERSION = 0x202000;

/** How the header is laid out: GNU's older form has other fields where ustar has the prefix. */
export function readMagic(block: Buffer): 'ustar' | 'gnu' | undefined {
  const { at } = FIELD.magic;
  if (block.readUIntBE(at, 5) !== USTAR) return undefined;
  const version = block.readUIntBE(at + 5, 3);
  if (version === POSIX_VERSION) return 'ustar';
  return version === GNU_VERSION ? 'gnu' : undefined;
}

/** Returns the form of a header. Throws BackupError if it is none, or its checksum is wrong. */
export function insistOnHeader(block: Buffer, position: TarPosition): 'ustar' | 'gnu' {
  const magic = readMagic(block);
  if (magic === undefined) throw malformedTar(position, 'no tar header where one should be');
  if (!checksumMatches(block)) throw malformedTar(position, 'checksum of a member header does not match');
  return magic;
}

/** Text up to the first NUL, or the whole field. Bytes that are not UTF-8 become U+FFFD. */
export function readText(block: Buffer, field: Field): string {
  return readBytes(block, field).toString();
}

/** The same for the name of a file: bytes that are not UTF-8 are decoded as in lib/io/file-name.ts. */
export function readName(block: Buffer, field: Field): string {
  return decodeName(readBytes(block, field));
}

function readBytes(block: Buffer, { at, bytes }: Field): Buffer {
  let end = at;
  while (end < at + bytes && block[end] !== NUL) end++;
  return block.subarray(at, end);
}

/**
 * A number: octal digits closed by a space or NUL, or base-256 where octal is too short (print_tar_number() in
 * src/port/tar.c). NaN for anything else.
 */
export function readNumber(block: Buffer, field: Field): number {
  return block[field.at] === BASE_256 ? readBase256(block, field) : readOctal(block, field);
}

/** A time in seconds. The server writes one before 1970 as a 64-bit number that has wrapped around. */
export function readTime(block: Buffer, field: Field): number {
  const first = block[field.at];
  if (first !== BASE_256 && first !== BASE_256_NEGATIVE) return readOctal(block, field);
  return Number(block.readBigInt64BE(field.at + field.bytes - 8));
}

/** Writes a number, as print_tar_number() does. */
export function writeNumber(block: Buffer, { at, bytes }: Field, value: number): void {
  const digits = value.toString(8).padStart(bytes - 1, '0');
  if (digits.length < bytes) block.write(`${digits} `, at, 'latin1');
  else {
    block.fill(0, at, at + bytes);
    block.writeBigUInt64BE(BigInt(value), at + bytes - 8);
    block.writeUInt8(BASE_256, at);
  }
}

/** Whether the header's checksum is right. */
function checksumMatches(block: Buffer): boolean {
  return headerSum(block) === readOctal(block, FIELD.checksum);
}

/** The checksum for a header: the sum of all its bytes, where the field of the checksum counts as spaces. */
export function headerSum(block: Buffer): number {
  const { at, bytes } = FIELD.checksum;
  let sum = bytes * SPACE;
  for (let index = 0; index < at; index++) sum += block[index] ?? 0;
  for (let index = at + bytes; index < TAR_BLOCK_BYTES; index++) sum += block[index] ?? 0;
  return sum;
}

/** Whether a file that begins with this block is a tar archive. */
export function isTarHeader(block: Buffer): boolean {
  return block.length >= TAR_BLOCK_BYTES && readMagic(block) !== undefined && checksumMatches(block);
}

function readOctal(block: Buffer, { at, bytes }: Field): number {
  const end = at + bytes;
  let position = at;
  while (position < end && block[position] === SPACE) position++;
  const start = position;
  let value = 0;
  for (; position < end; position++) {
    const digit = block[position] ?? 0;
    if (digit < DIGIT_0 || digit > DIGIT_7) break;
    value = value * 8 + digit - DIGIT_0;
  }
  const closed = position === end || block[position] === SPACE || block[position] === NUL;
  return closed && position > start ? value : Number.NaN;
}

/** Numbers above 2^53 are inexact; callers have limits far below. */
function readBase256(block: Buffer, { at, bytes }: Field): number {
  let value = 0;
  for (let position = at + 1; position < at + bytes; position++) value = value * 256 + (block[position] ?? 0);
  return value;
}
