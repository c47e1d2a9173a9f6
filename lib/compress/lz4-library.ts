/**
 * The system's liblz4, called through koffi in threads of its own. Both are optional. It is what high
 * compression needs, which no package for Node.js has, and decompresses into memory that is used again,
 * for which lz4-napi asks the system each time, and keeps hundreds of megabytes of it.
 */

import { promisify } from 'node:util';
import { loadKoffi } from '../io/koffi.ts';

const LIBRARY = 'liblz4.so.1';
const COMPRESS = 'int LZ4_compress_HC(const void *source, void *target, int bytes, int capacity, int level)';
const DECOMPRESS =
  'int LZ4_decompress_safe_usingDict(const void *source, void *target, int bytes, int capacity, const void *history, int historyBytes)';

/** The functions that we need of it. What they are given must stay as it is until they are done. */
export interface Lz4Library {
  /** Bytes of the target that were used; 0 if it is too small. */
  compressHc(source: Buffer, target: Buffer, level: number): Promise<number>;
  /** Bytes of the target that were used; negative if the block is damaged, or does not fit. */
  decompress(source: Buffer, target: Buffer, history: Buffer): Promise<number>;
}

type Call = (...parameters: (Buffer | number)[]) => Promise<number>;

/** Loads the library. Throws whatever keeps it from being loaded. */
export function loadLz4Library(name = LIBRARY): Lz4Library {
  const library = loadKoffi().load(name);
  const compress = promisify(library.func(COMPRESS).async) as Call;
  const decompress = promisify(library.func(DECOMPRESS).async) as Call;
  return {
    compressHc: (source, target, level) => compress(source, target, source.length, target.length, level),
    decompress: (source, target, history) =>
      decompress(source, target, source.length, target.length, history, history.length),
  };
}
