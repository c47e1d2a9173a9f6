/** Opens a compressor. Each method has a module of its own, loaded when it is needed: native code takes its time. */

import type { Compression } from '../backup/archive.ts';
import type { Codec } from './codec.ts';

/** How to compress. Whoever takes the settings in has checked them: see src/common/compression.c. */
export interface CompressionSettings {
  readonly method: Compression;
  /** The method's own default if there is none. */
  readonly level?: number;
  /** Threads to use, at least 1. They do not change what comes out. */
  readonly workers?: number;
  /** zstd's long-distance matching. */
  readonly long?: boolean;
}

/** A compressor for one archive. Throws TroubleError where the method, or its level, needs what is not installed. */
export async function openCompressor(settings: CompressionSettings): Promise<Codec> {
  throw new Error(`not yet: ${settings.method}`);
}
