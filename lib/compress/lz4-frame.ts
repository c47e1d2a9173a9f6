/**
 * The LZ4 frame format (doc/lz4_Frame_format.md in LZ4's source): the descriptor at the beginning of a frame,
 * and what marks the beginnings of frames and blocks. Numbers are little-endian.
 *
 *   magic  FLG BD [content size] HC  { block size, block, [block checksum] }  end mark  [content checksum]
 */

import { LZ4_MAGIC } from './magic.ts';
import { xxh32 } from './xxh32.ts';

export const FRAME_MAGIC = LZ4_MAGIC.readUInt32LE();
export const LEGACY_MAGIC = 0x184c2102;
/** Sixteen magic numbers begin a skippable frame: its size follows, and then that number of bytes. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;

/** FLG, BD and HC are always there. */
export const LEAST_DESCRIPTOR_BYTES = 3;
const CONTENT_SIZE_BYTES = 8;

/** The size field before a block, and the end mark instead of one. */
export const BLOCK_SIZE_BYTES = 4;
/** The highest bit of a block's size: the block is not compressed. */
export const RAW_BLOCK = 0x80000000;
export const END_MARK = 0;

const VERSION = 0b0100_0000;
const VERSION_MASK = 0b1100_0000;
const INDEPENDENT = 0b0010_0000;
const BLOCK_CHECKSUM = 0b0001_0000;
const CONTENT_SIZE = 0b0000_1000;
const CONTENT_CHECKSUM = 0b0000_0100;
const RESERVED_FLAG = 0b0000_0010;
const DICTIONARY = 0b0000_0001;

const BLOCK_SIZE_SHIFT = 4;
const BLOCK_SIZE_MASK = 0b0111_0000;
/** The codes 4 to 7 stand for 64 kB, 256 kB, 1 MB and 4 MB. */
const LEAST_BLOCK_SIZE_CODE = 4;
const blockBytesOf = (code: number) => 1 << (2 * code + 8);

/** What a frame says of itself. */
export interface FrameDescriptor {
  /** No block decompresses to more than this. */
  readonly blockBytes: number;
  /** Whether blocks refer to nothing outside themselves. */
  readonly independent: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  /** Bytes of the contents, where the frame says so. */
  readonly contentBytes?: bigint;
}

export function isSkippable(magic: number): boolean {
  return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;
}

/** The length of the descriptor that begins so. */
export function descriptorBytes([flags = 0]: Buffer): number {
  return LEAST_DESCRIPTOR_BYTES + (flags & CONTENT_SIZE ? CONTENT_SIZE_BYTES : 0);
}

/** Reads a descriptor, which is complete, or tells what is wrong with it. */
export function parseDescriptor(bytes: Buffer): FrameDescriptor | string {
  const [flags = 0, sizes = 0] = bytes;
  const described = bytes.subarray(0, -1);
  if ((flags & VERSION_MASK) !== VERSION) return 'unknown version of the LZ4 frame format';
  if (flags & DICTIONARY) return 'LZ4 frame that needs a dictionary';
  if (descriptorChecksum(described) !== bytes.at(-1)) return 'wrong checksum of the LZ4 frame header';
  const code = (sizes & BLOCK_SIZE_MASK) >> BLOCK_SIZE_SHIFT;
  if (flags & RESERVED_FLAG || sizes & ~BLOCK_SIZE_MASK || code < LEAST_BLOCK_SIZE_CODE) {
    return 'invalid LZ4 frame header';
  }
  return {
    blockBytes: blockBytesOf(code),
    independent: (flags & INDEPENDENT) !== 0,
    blockChecksums: (flags & BLOCK_CHECKSUM) !== 0,
    contentChecksum: (flags & CONTENT_CHECKSUM) !== 0,
    ...(flags & CONTENT_SIZE ? { contentBytes: bytes.readBigUInt64LE(2) } : {}),
  };
}

/** The beginning of a frame of independent blocks, with a checksum of its contents and no size. */
export function formatHeader(blockBytes: number): Buffer {
  let code = LEAST_BLOCK_SIZE_CODE;
  while (blockBytesOf(code) < blockBytes) code++;
  const header = Buffer.alloc(4 + LEAST_DESCRIPTOR_BYTES);
  header.writeUInt32LE(FRAME_MAGIC);
  header[4] = VERSION | INDEPENDENT | CONTENT_CHECKSUM;
  header[5] = code << BLOCK_SIZE_SHIFT;
  header[6] = descriptorChecksum(header.subarray(4, 6));
  return header;
}

function descriptorChecksum(bytes: Buffer): number {
  return (xxh32(bytes) >> 8) & 0xff;
}

/** The size field of a block. */
export function formatBlockSize(bytes: number, raw: boolean): Buffer {
  const field = Buffer.alloc(BLOCK_SIZE_BYTES);
  field.writeUInt32LE(raw ? bytes + RAW_BLOCK : bytes);
  return field;
}

/** The end mark and the checksum, which follow the last block. */
export function formatEnd(contentChecksum: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_SIZE_BYTES + 4);
  bytes.writeUInt32LE(END_MARK);
  bytes.writeUInt32LE(contentChecksum, BLOCK_SIZE_BYTES);
  return bytes;
}
