/**
 * gzip (RFC 1952) as pigz makes it: blocks are deflated in parallel, each with the end of the block before as its
 * dictionary, and each ends with a sync flush, so that together they are one deflate stream. With one header before it
 * and one trailer after it, the file is a single member, and a cut anywhere is detected.
 *
 * The blocks, and so the output, do not depend on the number of workers or on the pieces that come in.
 */

import { promisify } from 'node:util';
import { constants, deflateRaw, type ZlibOptions } from 'node:zlib';
import { loadNative } from '../io/native.ts';
import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { GZIP_MAGIC } from './magic.ts';
import { OrderedJobs, poolThreads } from './ordered-jobs.ts';

type Crc32Package = typeof import('@node-rs/crc32');

const { Z_DEFAULT_COMPRESSION, Z_FINISH, Z_SYNC_FLUSH } = constants;
const deflateRawAsync = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Larger blocks save nothing, smaller ones cost time. */
const BLOCK_BYTES = 1024 * 1024;
/** What deflate can look back at. */
const WINDOW_BYTES = 32 * 1024;
/**
 * With 7, deflate's own blocks are smaller than with zlib's default of 8, and the output is up to 4 % smaller where the
 * contents vary. With 9, random bytes would be faster by a tenth, and varied contents larger by 6 %.
 */
const MEM_LEVEL = 7;
/** More than any block compresses to, so that its output is in one piece. */
const OUTPUT_BYTES = BLOCK_BYTES + 1024;

const METHOD_DEFLATE = 8;
const OS_UNIX = 3;

/** Compresses one gzip file. */
export class GzipCompressor implements Codec {
  readonly #level: number;
  readonly #jobs: OrderedJobs<Buffer>;
  readonly #blocks: Blocks;
  #header: Buffer | undefined;
  #dictionary: Buffer | undefined;
  readonly #crc32 = loadNative<Crc32Package>('@node-rs/crc32').crc32;
  #crc = 0;
  #bytes = 0;

  constructor(level = Z_DEFAULT_COMPRESSION, workers = 1) {
    this.#level = level;
    this.#header = header(level);
    this.#jobs = new OrderedJobs(Math.min(workers, poolThreads()));
    // Beside those of the jobs, one is being filled and one serves as dictionary.
    this.#blocks = new Blocks(ring(BLOCK_BYTES, this.#jobs.limit + 2));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    this.#crc = this.#crc32(bytes, this.#crc);
    this.#bytes += bytes.length;
    for (const block of this.#blocks.cut(bytes)) yield* this.#deflate(block, Z_SYNC_FLUSH);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#deflate(this.#blocks.rest(), Z_FINISH);
    yield* this.#jobs.finish();
    yield this.#trailer();
  }

  close(): void {
    this.#jobs.close();
  }

  async *#deflate(block: Buffer, finishFlush: number): AsyncGenerator<Buffer, void, undefined> {
    if (this.#header !== undefined) yield this.#header;
    this.#header = undefined;
    const options = { level: this.#level, memLevel: MEM_LEVEL, chunkSize: OUTPUT_BYTES, finishFlush };
    const primed = this.#dictionary === undefined ? options : { ...options, dictionary: this.#dictionary };
    this.#dictionary = block.subarray(-WINDOW_BYTES);
    yield* this.#jobs.give(() => deflateRawAsync(block, primed));
  }

  #trailer(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc);
    trailer.writeUInt32LE(this.#bytes % 2 ** 32, 4);
    return trailer;
  }
}

/** Without name and time, so that the same input gives the same bytes. The level is indicated as gzip does it. */
function header(level: number): Buffer {
  const flags = 0;
  const extra = level === constants.Z_BEST_COMPRESSION ? 2 : level === constants.Z_BEST_SPEED ? 4 : 0;
  return Buffer.from([...GZIP_MAGIC, METHOD_DEFLATE, flags, 0, 0, 0, 0, extra, OS_UNIX]);
}
