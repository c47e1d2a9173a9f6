/**
 * Blocks of LZ4, compressed and decompressed. Fast mode is lz4-napi's, so that what comes out does not depend
 * on the machine; high compression is the system library's, and so is decompression where that is there.
 */

import { compress, uncompressSync } from 'lz4-napi';
import { TroubleError } from '../cli/trouble.ts';
import { makeCollector } from './garbage.ts';
import { BLOCK_SIZE_BYTES } from './lz4-frame.ts';
import { type Lz4Library, loadLz4Library } from './lz4-library.ts';
import { poolThreads } from './ordered-jobs.ts';

const HIGH_COMPRESSION = 3;
/** Fast mode leaves its buffers to the garbage collector, and the more memory the larger they are. */
const FAST_BLOCK_BYTES = 256 * 1024;
const HIGH_BLOCK_BYTES = 1024 * 1024;
/** Each has a block and what becomes of it. */
const MOST_HIGH_WORKERS = 32;

/** How blocks are compressed. */
export interface BlockCompression {
  readonly blockBytes: number;
  readonly mostWorkers: number;
  /** Leaves room for the field in front; what is no smaller than the block is of no use. */
  readonly compress: (block: Buffer) => Promise<Buffer>;
}

/** Decompresses a block into the target; undefined if it is damaged. The history is what stands before it. */
export type DecompressBlock = (block: Buffer, target: Buffer, history: Buffer) => Promise<Buffer | undefined>;

/** Chooses by the level. Throws TroubleError if it needs a library which is not there. */
export function chooseCompression(level: number, library?: string): BlockCompression {
  if (level >= HIGH_COMPRESSION) return highCompression(level, library);
  const collect = makeCollector();
  return {
    blockBytes: FAST_BLOCK_BYTES,
    mostWorkers: poolThreads(),
    compress: (block) => {
      collect(block.length);
      return compress(block); // in front is the block's own size
    },
  };
}

function highCompression(level: number, name?: string): BlockCompression {
  const library = need(name);
  return {
    blockBytes: HIGH_BLOCK_BYTES,
    mostWorkers: MOST_HIGH_WORKERS,
    compress: async (block) => {
      const target = Buffer.allocUnsafeSlow(BLOCK_SIZE_BYTES + block.length);
      const bytes = await library.compressHc(block, target.subarray(BLOCK_SIZE_BYTES), level);
      return bytes > 0 ? target.subarray(0, BLOCK_SIZE_BYTES + bytes) : target;
    },
  };
}

function need(name?: string): Lz4Library {
  try {
    return loadLz4Library(name);
  } catch (cause) {
    throw new TroubleError(`could not load liblz4, which lz4's levels from ${HIGH_COMPRESSION} on need`, {
      detail: (cause as Error).message,
      hint: 'Install liblz4 and the package koffi, use a lower level, or compress with zstd.',
      cause,
    });
  }
}

/** Decompression by the system's library, or without it, which is slower. */
export function chooseDecompression(name?: string): DecompressBlock {
  let library: Lz4Library;
  try {
    library = loadLz4Library(name);
  } catch {
    return decompressHere;
  }
  return async (block, target, history) => {
    const bytes = await library.decompress(block, target, history);
    return bytes >= 0 ? target.subarray(0, bytes) : undefined;
  };
}

/** On the main thread: in the pool, lz4-napi's memory would grow to several times that of all blocks. */
async function decompressHere(block: Buffer, target: Buffer, history: Buffer): Promise<Buffer | undefined> {
  const sized = Buffer.allocUnsafe(BLOCK_SIZE_BYTES + block.length);
  sized.writeUInt32LE(target.length);
  block.copy(sized, BLOCK_SIZE_BYTES);
  try {
    return uncompressSync(sized, history.length > 0 ? history : undefined);
  } catch {
    return undefined;
  }
}
