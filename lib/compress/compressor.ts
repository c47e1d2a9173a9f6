/** Opens a compressor. Each method has a module of its own, loaded when it is needed: native code takes its time. */

import type { Codec } from './codec.ts';
import type { CompressionSettings } from './method.ts';
import type { ZstdThreads } from './zstd-threads.ts';

/**
 * A compressor for one archive; of several archives the codecs can share `threads`. Throws TroubleError where the
 * method, or its level, needs what is not installed.
 */
export async function openCompressor(settings: CompressionSettings, threads?: ZstdThreads): Promise<Codec> {
  const { method, level, workers } = settings;
  if (method === 'gzip') {
    const { GzipCompressor } = await import('./gzip-compress.ts');
    return new GzipCompressor(level, workers);
  }
  if (method === 'lz4') {
    const { Lz4Compressor } = await import('./lz4-compress.ts');
    return new Lz4Compressor(level, workers);
  }
  const { openZstdCompressor } = await import('./zstd.ts');
  return openZstdCompressor(settings, threads);
}
