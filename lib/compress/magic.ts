/** The first bytes of compressed files, which tell how they are compressed. */

import type { Compression } from '../backup/archive.ts';

export const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
export const LZ4_MAGIC = Buffer.from([0x04, 0x22, 0x4d, 0x18]);

const MAGIC: readonly [Compression, Buffer][] = [
  ['gzip', GZIP_MAGIC],
  ['lz4', LZ4_MAGIC],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

/** No file needs more bytes than these to be recognised. */
export const MAGIC_BYTES = 4;

/** How the file that begins so is compressed; undefined if it is not, or if too few bytes are there. */
export function recogniseCompression(head: Buffer): Compression | undefined {
  return MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0];
}
