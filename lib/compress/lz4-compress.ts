/**
 * One LZ4 frame: independent blocks, compressed side by side, with a checksum of the contents behind them.
 * The levels are those of PostgreSQL and of liblz4: 1 and 2 are fast mode, from 3 on is high compression.
 */

import { Xxh32 } from '@node-rs/xxhash';
import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { type BlockCompression, chooseCompression } from './lz4-blocks.ts';
import { BLOCK_SIZE_BYTES, formatBlockSize, formatEnd, formatHeader } from './lz4-frame.ts';
import { OrderedJobs } from './ordered-jobs.ts';

/** Compresses one LZ4 file. */
export class Lz4Compressor implements Codec {
  readonly #compression: BlockCompression;
  readonly #jobs: OrderedJobs<Buffer>;
  readonly #blocks: Blocks;
  readonly #checksum = new Xxh32();
  #begun = false;

  /** Throws TroubleError for a level that needs a library which is not there. */
  constructor(level = 1, workers = 1) {
    this.#compression = chooseCompression(level);
    this.#jobs = new OrderedJobs(Math.min(workers, this.#compression.mostWorkers));
    // Beside those of the jobs one is being filled.
    this.#blocks = new Blocks(ring(this.#compression.blockBytes, this.#jobs.limit + 1));
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
    yield formatHeader(this.#compression.blockBytes);
  }

  /** A block as it stands in the frame; one that cannot be made smaller is stored. */
  async #job(block: Buffer): Promise<Buffer> {
    const compressed = await this.#compression.compress(block);
    const bytes = compressed.length - BLOCK_SIZE_BYTES;
    if (bytes >= block.length) return Buffer.concat([formatBlockSize(block.length, true), block]);
    formatBlockSize(bytes, false).copy(compressed);
    return compressed;
  }
}
