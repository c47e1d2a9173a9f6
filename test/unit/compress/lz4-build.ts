/** LZ4 frames made by hand, with whatever the format allows, and what it does not. */

import { xxh32 } from '@node-rs/xxhash';
import { compressSync } from 'lz4-napi';

/** What a frame says of itself, and what is wrong with it. */
export interface FrameOptions {
  /** FLG and BD: by default version 1, linked blocks of 256 kB, checksums of contents and blocks. */
  readonly flags?: number;
  readonly sizes?: number;
  /** What stands behind those. */
  readonly fields?: Buffer;
  readonly headerChecksum?: number;
  readonly contentChecksum?: number;
}

const LINKED = 0b0101_0100;
const SIZES = 0x50;
const BLOCK_CHECKSUMS = 0b0001_0000;
const CONTENT_CHECKSUM = 0b0000_0100;
const HISTORY_BYTES = 65_536;

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Magic number and descriptor. */
export function frameHeader({
  flags = LINKED,
  sizes = SIZES,
  fields,
  headerChecksum,
}: FrameOptions = {}): Buffer {
  const descriptor = Buffer.concat([Buffer.from([flags, sizes]), fields ?? Buffer.alloc(0)]);
  const checksum = headerChecksum ?? (xxh32(descriptor) >> 8) & 0xff;
  return Buffer.concat([uint32(0x184d2204), descriptor, Buffer.from([checksum])]);
}

/** A block with its size, and its checksum if there is to be one. */
export function block(bytes: Buffer, raw = false, checksum?: number): Buffer {
  const size = uint32(raw ? bytes.length + 0x80000000 : bytes.length);
  return Buffer.concat([size, bytes, checksum === undefined ? Buffer.alloc(0) : uint32(checksum)]);
}

/** A frame whose blocks refer to those before them, as the server makes them. */
export function linkedFrame(contents: readonly Buffer[], options: FrameOptions = {}): Buffer {
  const { flags = LINKED } = options;
  const all = Buffer.concat(contents);
  const blocks: Buffer[] = [];
  for (let start = 0, index = 0; index < contents.length; index++) {
    const plain = contents[index] ?? Buffer.alloc(0);
    const history = all.subarray(Math.max(start - HISTORY_BYTES, 0), start);
    const bytes = compressSync(plain, history.length > 0 ? history : undefined).subarray(4);
    blocks.push(block(bytes, false, flags & BLOCK_CHECKSUMS ? xxh32(bytes) : undefined));
    start += plain.length;
  }
  const checksum = flags & CONTENT_CHECKSUM ? [uint32(options.contentChecksum ?? xxh32(all))] : [];
  return Buffer.concat([frameHeader(options), ...blocks, uint32(0), ...checksum]);
}
