/**
 * Compresses and decompresses blocks of LZ4, with the system's library if there is one, else with lz4-napi, which is
 * slower and has the fast mode only.
 */

import { TroubleError } from '../errors/trouble.ts';
import { firstSentence, loadNative } from '../io/native.ts';
import { makeCollector } from './garbage.ts';
import { BLOCK_SIZE_BYTES } from './lz4-frame.ts';
import { HIGH_COMPRESSION, type Lz4Library, loadLz4Library } from './lz4-library.ts';

type Lz4Package = typeof import('lz4-napi');

/**
 * Compresses a block into the target, or into memory of its own, after four bytes of room for its size. A result that
 * is not smaller than the block is not used.
 */
export type CompressBlock = (block: Buffer, target: Buffer) => Promise<Buffer>;

/** Decompresses a block into the target; undefined if it is damaged. The history is the contents before it. */
export type DecompressBlock = (block: Buffer, target: Buffer, history: Buffer) => Promise<Buffer | undefined>;

/** Chooses by the level. Throws TroubleError if it needs a library which is not there. */
export function chooseCompression(level: number, name?: string): CompressBlock {
  let library: Lz4Library;
  try {
    library = loadLz4Library(name);
  } catch (cause) {
    if (level < HIGH_COMPRESSION) return compressHere();
    throw new TroubleError(`could not load liblz4, which lz4's levels from ${HIGH_COMPRESSION} on need`, {
      detail: firstSentence(cause),
      hint: 'Install liblz4 and the package koffi, use a lower level, or compress with zstd.',
      cause,
    });
  }
  return async (block, target) => {
    const room = target.subarray(BLOCK_SIZE_BYTES, BLOCK_SIZE_BYTES + block.length);
    const bytes = await library.compress(block, room, level);
    return bytes > 0 ? target.subarray(0, BLOCK_SIZE_BYTES + bytes) : target;
  };
}

function compressHere(): CompressBlock {
  const { compress } = loadNative<Lz4Package>('lz4-napi');
  const collect = makeCollector();
  return (block) => {
    collect(block.length);
    return compress(block); // in front is the block's own size
  };
}

/** Decompression by the system's library, or by lz4-napi. */
export function chooseDecompression(name?: string): DecompressBlock {
  let library: Lz4Library;
  try {
    library = loadLz4Library(name);
  } catch {
    return decompressHere();
  }
  return async (block, target, history) => {
    const bytes = await library.decompress(block, target, history);
    return bytes >= 0 ? target.subarray(0, bytes) : undefined;
  };
}

/** On the main thread: in the pool, lz4-napi's memory would grow to several times that of all blocks. */
function decompressHere(): DecompressBlock {
  const { uncompressSync } = loadNative<Lz4Package>('lz4-napi');
  return async (block, target, history) => {
    const sized = Buffer.allocUnsafe(BLOCK_SIZE_BYTES + block.length);
    sized.writeUInt32LE(target.length);
    block.copy(sized, BLOCK_SIZE_BYTES);
    try {
      return uncompressSync(sized, history.length > 0 ? history : undefined);
    } catch {
      return undefined;
    }
  };
}
