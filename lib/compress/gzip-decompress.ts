/**
 * gzip files (RFC 1952) to their contents: any number of members one behind the other, and zeros behind the
 * last, as gzip(1) has it; where gzip(1) only warns of something else there, this is an error. zlib works in
 * the thread pool, on a copy of the input, while the caller does other things.
 */

import { createGunzip } from 'node:zlib';
import type { Codec } from './codec.ts';
import { damaged } from './damage.ts';

/** What zlib is given at a time; an error can be told to have happened in one of these. */
const INPUT_BYTES = 128 * 1024;
/** What it hands out at a time. It makes no more until this has been taken. */
const OUTPUT_BYTES = 256 * 1024;

/** Decompresses one gzip file. */
export class GzipDecompressor implements Codec {
  readonly #subject: string;
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  #input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  #filled = 0;
  /** Bytes that zlib was given, in all. */
  #given = 0;
  /** Whether zlib works on a piece. */
  #busy = false;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(subject: string) {
    this.#subject = subject;
    this.#gunzip.on('readable', () => this.#wake?.());
    this.#gunzip.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#gunzip.on('error', (error) => {
      this.#failure = error;
      this.#wake?.();
    });
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (let position = 0; position < bytes.length; ) {
      const copied = bytes.copy(this.#input, this.#filled, position);
      position += copied;
      this.#filled += copied;
      if (this.#filled === INPUT_BYTES) yield* this.#give();
    }
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#give();
    yield* this.#while(() => this.#busy);
    this.#gunzip.end();
    yield* this.#while(() => !this.#ended);
  }

  close(): void {
    this.#gunzip.destroy();
  }

  /** Hands the gathered input to zlib once it has done with the piece before. */
  async *#give(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#while(() => this.#busy);
    const piece = this.#input.subarray(0, this.#filled);
    // What is left of the last member is padding.
    if (this.#gunzip.bytesWritten < this.#given || this.#ended) {
      this.#insistOnZeros(piece);
    } else if (piece.length > 0) {
      this.#busy = true;
      this.#gunzip.write(piece, () => {
        this.#busy = false;
        this.#wake?.();
      });
      this.#input = Buffer.allocUnsafeSlow(INPUT_BYTES);
    }
    this.#given += piece.length;
    this.#filled = 0;
  }

  #insistOnZeros(_piece: Buffer): void {}

  /** Yields what zlib has made until the condition no longer holds. */
  async *#while(condition: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) {
        throw damaged({ subject: this.#subject, offset: this.#gunzip.bytesWritten }, this.#failure.message, {
          cause: this.#failure,
        });
      }
      const piece = this.#gunzip.read() as Buffer | null;
      if (piece !== null) yield piece;
      else if (!condition()) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
