/** Frames of zstd as other programs write them: with the size of the contents, and without a checksum. */

import { loadZstdLibrary } from '../../lib/compress/zstd-library.ts';
import { loadKoffi } from '../../lib/io/koffi.ts';

const SIGNATURE =
  'size_t ZSTD_compress(void *target, size_t room, const void *bytes, size_t size, int level)';

/** Compresses with the simple function of libzstd. */
export function zstdFrame(bytes: Buffer, level = 3): Buffer {
  loadZstdLibrary(); // as it must be loaded first
  const compress = loadKoffi().load('libzstd.so.1').func(SIGNATURE);
  const target = Buffer.alloc(bytes.length * 2 + 1000);
  return target.subarray(0, compress(target, target.length, bytes, bytes.length, level));
}
