/**
 * The system's liblz4, called through koffi in the thread pool. Both are optional. It is what high compression needs,
 * which no package for Node.js has, and works into memory that is used again, for which lz4-napi asks the system each
 * time, and keeps hundreds of megabytes of it.
 */

import { promisify } from 'node:util';
import { loadKoffi } from '../io/koffi.ts';

const LIBRARY = 'liblz4.so.1';
const COMPRESS_FAST =
  'int LZ4_compress_fast(const void *source, void *target, int bytes, int capacity, int acceleration)';
const COMPRESS_HC =
  'int LZ4_compress_HC(const void *source, void *target, int bytes, int capacity, int level)';
const DECOMPRESS =
  'int LZ4_decompress_safe_usingDict(const void *source, void *target, int bytes, int capacity,' +
  ' const void *history, int historyBytes)';

/** From this level on it is high compression; below, all levels are the same (lz4frame.c). */
export const HIGH_COMPRESSION = 3;
const NO_ACCELERATION = 1;

/** The functions that we need of it. What they are given must stay as it is until they are done. */
export interface Lz4Library {
  /** As in "1.9.4". */
  readonly version: string;
  /** Bytes of the target that were used; 0 if it is too small. */
  compress(source: Buffer, target: Buffer, level: number): Promise<number>;
  /** Bytes of the target that were used; negative if the block is damaged, or does not fit. */
  decompress(source: Buffer, target: Buffer, history: Buffer): Promise<number>;
}

type Call = (...parameters: (Buffer | number)[]) => Promise<number>;

/** Loads the library. Throws whatever keeps it from being loaded. */
export function loadLz4Library(name = LIBRARY): Lz4Library {
  const library = loadKoffi().load(name);
  const fast = promisify(library.func(COMPRESS_FAST).async) as Call;
  const high = promisify(library.func(COMPRESS_HC).async) as Call;
  const decompress = promisify(library.func(DECOMPRESS).async) as Call;
  return {
    version: library.func('const char *LZ4_versionString()')(),
    compress: (source, target, level) =>
      level < HIGH_COMPRESSION
        ? fast(source, target, source.length, target.length, NO_ACCELERATION)
        : high(source, target, source.length, target.length, level),
    decompress: (source, target, history) =>
      decompress(source, target, source.length, target.length, history, history.length),
  };
}
