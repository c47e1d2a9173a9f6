/** Opens a decompressor. Each method has a module of its own, loaded when it is needed: native code takes its time. */

import type { Codec } from './codec.ts';
import type { Compression } from './method.ts';
import type { ZstdThreads } from './zstd-threads.ts';

/**
 * A decompressor for one archive, which may consist of several members or frames; of several archives the codecs can
 * share `threads`. The subject is for its errors, as in `archive "base.tar.zst"`. Throws TroubleError where the method
 * needs what is not installed.
 */
export async function openDecompressor(
  method: Compression,
  subject: string,
  threads?: ZstdThreads,
): Promise<Codec> {
  if (method === 'gzip') {
    const { GzipDecompressor } = await import('./gzip-decompress.ts');
    return new GzipDecompressor(subject);
  }
  if (method === 'lz4') {
    const { Lz4Decompressor } = await import('./lz4-decompress.ts');
    return new Lz4Decompressor(subject);
  }
  const { openZstdDecompressor } = await import('./zstd.ts');
  return openZstdDecompressor(subject, threads);
}
