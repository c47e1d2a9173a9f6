/**
 * One LZ4 frame: independent blocks, compressed in parallel, and a checksum of the contents after them. The levels are
 * those of PostgreSQL and of liblz4: 1 and 2 are fast mode, from 3 on is high compression.
 */

import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { type CompressBlock, chooseCompression } from './lz4-blocks.ts';
import { BLOCK_SIZE_BYTES, formatBlockSize, formatEnd, formatHeader } from './lz4-frame.ts';
import { OrderedJobs, poolThreads } from './ordered-jobs.ts';
import { createXxh32 } from './xxh32.ts';

/**
 * A quarter of the block size of lz4(1), to save memory: each job holds a block and its output. Costs 0.3 % in size at
 * most.
 */
const BLOCK_BYTES = 1024 * 1024;

/** Compresses one LZ4 file. */
export class Lz4Compressor implements Codec {
  readonly #compress: CompressBlock;
  readonly #jobs: OrderedJobs<Buffer>;
  readonly #blocks: Blocks;
  readonly #target: () => Buffer;
  readonly #checksum = createXxh32();
  #begun = false;

  /** The name of the system's liblz4 is for tests. Throws TroubleError for a level that needs it where it is not. */
  constructor(level = 1, workers = 1, library?: string) {
    this.#compress = chooseCompression(level, library);
    this.#jobs = new OrderedJobs(Math.min(workers, poolThreads()));
    // Beside those of the jobs, one is being filled, and what became of one is being written.
    this.#blocks = new Blocks(ring(BLOCK_BYTES, this.#jobs.limit + 1));
    this.#target = ring(BLOCK_SIZE_BYTES + BLOCK_BYTES, this.#jobs.limit + 1);
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#begin();
    this.#checksum.update(bytes);
    for (const block of this.#blocks.cut(bytes)) yield* this.#jobs.give(() => this.#job(block));
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#begin();
    const rest = this.#blocks.rest();
    if (rest.length > 0) yield* this.#jobs.give(() => this.#job(rest));
    yield* this.#jobs.finish();
    yield formatEnd(this.#checksum.digest());
  }

  close(): void {
    this.#jobs.close();
  }

  *#begin(): Generator<Buffer, void, undefined> {
    if (this.#begun) return;
    this.#begun = true;
    yield formatHeader(BLOCK_BYTES);
  }

  /** A block as it is written into the frame. One that does not get smaller is stored as it is. */
  async #job(block: Buffer): Promise<Buffer> {
    const target = this.#target();
    const compressed = await this.#compress(block, target);
    const bytes = compressed.length - BLOCK_SIZE_BYTES;
    if (bytes < block.length) {
      formatBlockSize(bytes, false).copy(compressed);
      return compressed;
    }
    formatBlockSize(block.length, true).copy(target);
    return target.subarray(0, BLOCK_SIZE_BYTES + block.copy(target, BLOCK_SIZE_BYTES));
  }
}
