/**
 * A stream of node:zlib. It works on one block at a time in the thread pool, and makes output as it is taken, at most
 * one piece ahead.
 */

import type { Transform } from 'node:stream';
import { WakeUp } from '../io/wake-up.ts';

/** What node:zlib's functions make, whose types differ. */
export type Zlib = Transform & { readonly bytesWritten: number };

/** Drives one. */
export class ZlibStream {
  readonly #zlib: Zlib;
  #busy = false;
  #ended = false;
  #failure: Error | undefined;
  readonly #change = new WakeUp();

  /** What zlib complains about is thrown in the caller's words. */
  constructor(zlib: Zlib, explain: (error: Error) => Error) {
    this.#zlib = zlib;
    zlib.on('readable', () => this.#change.wake());
    zlib.on('error', (error) => this.fail(explain(error)));
    zlib.on('end', () => {
      this.#ended = true;
      this.#change.wake();
    });
  }

  /** Bytes of input that were used up. */
  get used(): number {
    return this.#zlib.bytesWritten;
  }

  /** Gives it a block, which it must be ready for; `done` is called when that has been used up, or has failed. */
  write(block: Buffer, done = () => {}): void {
    this.#busy = true;
    this.#zlib.write(block, () => {
      this.#busy = false;
      done();
      this.#change.wake();
    });
  }

  /** Yields what is made until it can be given a block. */
  ready(): AsyncGenerator<Buffer, void, undefined> {
    return this.#while(() => this.#busy);
  }

  /** Yields the rest, when all blocks have been given. */
  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.ready();
    this.#zlib.end();
    yield* this.#while(() => !this.#ended);
  }

  /** Whoever takes output gets this error thrown; the first one counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#change.wake();
  }

  close(): void {
    this.#zlib.destroy();
  }

  async *#while(condition: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const made: Buffer | null = this.#zlib.read();
      if (made !== null) yield made;
      else if (condition()) await this.#change.wait();
      else return;
    }
  }
}
