/**
 * zstd, compressed by the workers of the system's libzstd, which are threads of its own: bytes in, bytes of one frame
 * out. A call copies its input for them, takes what they have made, and returns; while all of them have enough to do, it
 * waits until one has made something. That takes milliseconds at the levels that are for this, so that signals are
 * served. A thread of ours would need copies in shared memory, and messages, which cost more than the calls.
 */

import type { Codec } from './codec.ts';
import type { CompressionSettings } from './method.ts';
import type { Explain } from './zstd-codec.ts';
import type { ZstdContexts } from './zstd-contexts.ts';
import type { CompressionContext, ZstdLibrary } from './zstd-library.ts';
import { compression, type Step } from './zstd-step.ts';

/** Large enough to be worth a write. */
const OUTPUT_BYTES = 256 * 1024;
/** Up to here, all that the workers may still have to do at the end takes less than a second. */
const HIGHEST_FAST_LEVEL = 9;
const NOTHING = Buffer.alloc(0);

/** Whether calls with these settings are short enough for the main thread. */
export function isFast({ level = 0, long = false }: CompressionSettings): boolean {
  return level <= HIGHEST_FAST_LEVEL && !long;
}

/** Compresses one file. */
export class ZstdWorkersCompressor implements Codec {
  readonly #explain: Explain;
  readonly #contexts: ZstdContexts;
  readonly #context: CompressionContext;
  readonly #step: Step;
  readonly #output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  #filled = 0;
  #state: 'open' | 'ended' | 'closed' = 'open';

  /** Uses the idle one of `contexts`, if there is one, and gives its own back to them. */
  constructor(library: ZstdLibrary, settings: CompressionSettings, explain: Explain, contexts: ZstdContexts) {
    this.#explain = explain;
    this.#contexts = contexts;
    this.#context = contexts.take(library);
    this.#step = this.#explained(() => compression(this.#context, settings));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#convert(bytes, false);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#convert(NOTHING, true);
    if (this.#filled > 0) yield this.#output.subarray(0, this.#filled);
    this.#state = 'ended';
  }

  close(): void {
    if (this.#state === 'ended') this.#contexts.giveBack(this.#context);
    else if (this.#state === 'open') this.#context.free();
    this.#state = 'closed';
  }

  /** Uses up all the input, and yields the output whenever it is full. */
  *#convert(bytes: Buffer, end: boolean): Generator<Buffer, void, undefined> {
    for (let input = bytes, more = true; more; ) {
      const done = this.#explained(() => this.#step(this.#output.subarray(this.#filled), input, end));
      input = input.subarray(done.consumed);
      this.#filled += done.produced;
      more = done.more || input.length > 0;
      if (this.#filled < OUTPUT_BYTES) continue;
      yield this.#output;
      this.#filled = 0;
    }
  }

  #explained<Result>(call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw this.#explain((error as Error).message, 0);
    }
  }
}
