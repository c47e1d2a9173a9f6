/**
 * gzip files (RFC 1952) to their contents: any number of members one after the other, and zeros after the last, as
 * gzip(1) accepts them. Anything else after the last member is an error, where gzip(1) only warns. zlib works in the
 * thread pool, on a copy of the input, while the caller does other things.
 */

import { createGunzip } from 'node:zlib';
import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { CUT_SHORT, damaged } from './damage.ts';
import { ZlibStream } from './zlib-stream.ts';

/** What zlib is given at a time. The position of damage is known to this precision. */
const INPUT_BYTES = 64 * 1024;
/** What it hands out at a time. It makes one more of these before the first was taken. */
const OUTPUT_BYTES = 256 * 1024;
/** One block is worked on, one is being filled. */
const INPUT_BLOCKS = 2;

/** Decompresses one gzip file. */
export class GzipDecompressor implements Codec {
  readonly #subject: string;
  readonly #gunzip: ZlibStream;
  readonly #blocks = new Blocks(ring(INPUT_BYTES, INPUT_BLOCKS));
  /** Bytes that came before the block that is being filled. */
  #given = 0;
  /** Whether the last member has ended. */
  #padding = false;

  constructor(subject: string) {
    this.#subject = subject;
    this.#gunzip = new ZlibStream(createGunzip({ chunkSize: OUTPUT_BYTES }), (error) =>
      damaged(subject, this.#gunzip.used, error.message, error),
    );
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#give(this.#blocks.rest());
    yield* this.#gunzip.ready();
    if (this.#given === 0) this.#gunzip.fail(damaged(this.#subject, 0, CUT_SHORT));
    yield* this.#gunzip.end();
  }

  close(): void {
    this.#gunzip.close();
  }

  /** Gives zlib a block when it has done with the one before. */
  async *#give(block: Buffer): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#gunzip.ready();
    this.#given += block.length;
    if (this.#padding) this.#insistOnZeros(block);
    else this.#gunzip.write(block, () => this.#checkPadding(block));
  }

  /** zlib stops at a zero after a member, and would ignore what follows it. */
  #checkPadding(block: Buffer): void {
    const left = this.#given - this.#gunzip.used;
    this.#padding = left > 0;
    if (this.#padding) this.#insistOnZeros(block.subarray(-left));
  }

  #insistOnZeros(bytes: Buffer): void {
    const index = bytes.findIndex((byte) => byte !== 0);
    if (index < 0) return;
    this.#gunzip.fail(damaged(this.#subject, this.#given - bytes.length + index, 'trailing garbage'));
  }
}
