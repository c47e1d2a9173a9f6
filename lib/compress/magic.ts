/**
 * The first bytes of compressed files, which tell how they are compressed. Skippable frames may precede zstd and lz4
 * frames, as pzstd writes them; they have a magic number of their own and a length, the same for both methods
 * (zstd_compression_format.md and lz4_Frame_format.md, "Skippable Frames").
 */

import type { Compression } from './method.ts';

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
export const LZ4_MAGIC = Buffer.from([0x04, 0x22, 0x4d, 0x18]);

const MAGIC: readonly [Compression, Buffer][] = [
  ['gzip', GZIP_MAGIC],
  ['lz4', LZ4_MAGIC],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

const MAGIC_BYTES = 4;
/** 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const SKIPPABLE_HEAD_BYTES = 8;
/** Skippable frames have a few bytes in practice. After more than these, nothing is recognised. */
const MAX_SKIPPED_BYTES = 64 * 1024;

/** No file needs more bytes than these to be recognised. */
export const MAX_HEAD_BYTES = MAX_SKIPPED_BYTES + MAGIC_BYTES;

/** How the file that begins so is compressed; undefined if it is not, or if too few bytes are there. */
export function recogniseCompression(head: Buffer): Compression | undefined {
  const at = skip(head);
  if (at > MAX_SKIPPED_BYTES) return undefined;
  // Gzip has no skippable frames.
  return MAGIC.find(
    ([method, magic]) =>
      (at === 0 || method !== 'gzip') && head.subarray(at, at + magic.length).equals(magic),
  )?.[0];
}

/** How many bytes a file that begins so needs, at least, to be recognised. */
export function bytesToRecognise(head: Buffer): number {
  return Math.min(skip(head) + MAGIC_BYTES, MAX_HEAD_BYTES);
}

/** Where the first frame begins that is not skippable, as far as that can be seen. */
function skip(head: Buffer): number {
  let at = 0;
  while (at <= MAX_SKIPPED_BYTES && isSkippable(head, at)) {
    if (head.length < at + SKIPPABLE_HEAD_BYTES) return at + SKIPPABLE_HEAD_BYTES;
    at += SKIPPABLE_HEAD_BYTES + head.readUInt32LE(at + MAGIC_BYTES);
  }
  return at;
}

function isSkippable(head: Buffer, at: number): boolean {
  if (head.length < at + MAGIC_BYTES) return false;
  return (head.readUInt32LE(at) & SKIPPABLE_MASK) >>> 0 === SKIPPABLE;
}
