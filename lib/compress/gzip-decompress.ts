/**
 * gzip files (RFC 1952) to their contents: any number of members one behind the other, and zeros behind the
 * last, as gzip(1) has it; where gzip(1) only warns of something else there, this is an error. zlib works in
 * the thread pool, on a copy of the input, while the caller does other things.
 */

import { createGunzip } from 'node:zlib';
import type { BackupError } from '../backup/error.ts';
import { Blocks, ring } from './blocks.ts';
import type { Codec } from './codec.ts';
import { CUT_SHORT, damaged } from './damage.ts';

/** What zlib is given at a time; where damage lies is known as exactly as this. */
const INPUT_BYTES = 64 * 1024;
/** What it hands out at a time. It makes one more of these before this has been taken. */
const OUTPUT_BYTES = 256 * 1024;
/** One block is worked on, one is being filled. */
const INPUT_BLOCKS = 2;

/** Decompresses one gzip file. */
export class GzipDecompressor implements Codec {
  readonly #subject: string;
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  readonly #blocks = new Blocks(ring(INPUT_BYTES, INPUT_BLOCKS));
  /** Bytes that came before the block that is being filled. */
  #given = 0;
  /** Whether zlib works on a block. */
  #busy = false;
  /** Whether what comes now stands behind the last member. */
  #padding = false;
  #ended = false;
  #failure: BackupError | undefined;
  #wake = () => {};

  constructor(subject: string) {
    this.#subject = subject;
    this.#gunzip.on('readable', () => this.#wake());
    this.#gunzip.on('error', (error) => this.#fail(error.message, error));
    this.#gunzip.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#give(this.#blocks.rest());
    yield* this.#while(() => this.#busy);
    if (this.#given === 0) this.#fail(CUT_SHORT);
    this.#gunzip.end();
    yield* this.#while(() => !this.#ended);
  }

  close(): void {
    this.#gunzip.destroy();
  }

  /** Gives zlib a block when it has done with the one before. */
  async *#give(block: Buffer): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#while(() => this.#busy);
    this.#given += block.length;
    if (this.#padding) return this.#insistOnZeros(block);
    this.#busy = true;
    this.#gunzip.write(block, (error) => {
      this.#busy = false;
      // zlib leaves a zero behind a member, and would never look at what is behind that.
      const left = this.#given - this.#gunzip.bytesWritten;
      this.#padding = left > 0;
      if (error) this.#fail(error.message, error);
      else if (this.#padding) this.#insistOnZeros(block.subarray(-left));
      this.#wake();
    });
  }

  /** Yields what zlib has made until the condition no longer holds. */
  async *#while(condition: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const made = this.#gunzip.read() as Buffer | null;
      if (made !== null) yield made;
      else if (condition()) await this.#change();
      else return;
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #insistOnZeros(bytes: Buffer): void {
    const index = bytes.findIndex((byte) => byte !== 0);
    if (index >= 0) this.#fail('trailing garbage', undefined, this.#given - bytes.length + index);
  }

  #fail(reason: string, cause?: unknown, offset = this.#gunzip.bytesWritten): void {
    this.#failure ??= damaged(this.#subject, offset, reason, cause);
    this.#wake();
  }
}
