/**
 * gzip (RFC 1952) as pigz makes it: blocks are deflated side by side, each with the end of the one before it
 * as dictionary, and ended by a sync flush, which makes their joint one deflate stream. One header stands
 * before it and one trailer behind, so that it is a single member, and a cut anywhere shows.
 *
 * The blocks are cut where they are whatever the workers and the pieces that come in, and so is what comes out.
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
 * Deflate's own blocks are smaller with 7 than with zlib's default of 8, and so is the output, by up to 4 % where the
 * contents vary. With 9, random bytes would be faster by a tenth, and varied contents larger by 6 %.
 */
const MEM_LEVEL = 7;
/** More than a block can become, so that its output is in one piece. */
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

/** No name and no time, so that the same input gives the same bytes; the level is hinted at as gzip does. */
function header(level: number): Buffer {
  const flags = 0;
  const extra = level === constants.Z_BEST_COMPRESSION ? 2 : level === constants.Z_BEST_SPEED ? 4 : 0;
  return Buffer.from([...GZIP_MAGIC, METHOD_DEFLATE, flags, 0, 0, 0, 0, extra, OS_UNIX]);
}
