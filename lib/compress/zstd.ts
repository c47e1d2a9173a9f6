/**
 * zstd, compressed or decompressed by libzstd in a thread of its own: input goes there in blocks and output comes back
 * in shared memory, a few of each at a time.
 */

import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';
import { TroubleError } from '../cli/trouble.ts';
import { startThread } from '../io/thread.ts';
import { Blocks } from './blocks.ts';
import type { Codec } from './codec.ts';
import type { CompressionSettings } from './compressor.ts';
import { damaged } from './damage.ts';
import type { Answer, Request, ThreadData, ZstdTask } from './zstd-messages.ts';

const SLOT_BYTES = 256 * 1024;
/** Blocks that the thread has not used up yet. */
const INPUTS_AHEAD = 3;
/** Beside those, one is being filled. */
const INPUTS = INPUTS_AHEAD + 1;
const OUTPUTS = 4;

/** A compressor for one zstd file. Throws TroubleError where zstd is not installed. */
export function openZstdCompressor(settings: CompressionSettings): Codec {
  return new ZstdCodec({ type: 'compress', ...settings }, (reason) => new Error(reason));
}

/** A decompressor for one zstd file, of one or more frames. Throws TroubleError where zstd is not installed. */
export function openZstdDecompressor(subject: string): Codec {
  return new ZstdCodec({ type: 'decompress' }, (reason, offset) => damaged(subject, offset, reason));
}

class ZstdCodec implements Codec {
  readonly #thread: Worker;
  readonly #explain: (reason: string, offset: number) => Error;
  readonly #outputs = Array.from({ length: OUTPUTS }, sharedSlot);
  readonly #blocks: Blocks;
  /** Blocks given so far, which says in what slot the next one lies. */
  #given = 0;
  #unused = 0;
  readonly #made: (Answer & { type: 'output' })[] = [];
  #ended = false;
  #failure: Error | undefined;
  #wake = () => {};

  constructor(task: ZstdTask, explain: (reason: string, offset: number) => Error) {
    insistOnZstd();
    this.#explain = explain;
    const inputs = Array.from({ length: INPUTS }, sharedSlot);
    let asked = 0;
    this.#blocks = new Blocks(() => inputs[asked++ % INPUTS] ?? sharedSlot());
    const data: ThreadData = { task, inputs, outputs: this.#outputs };
    this.#thread = startThread(new URL('./zstd-thread.ts', import.meta.url), data);
    this.#thread.on('message', (answer: Answer) => this.#take(answer));
    this.#thread.on('error', (error) => this.#fail(error as Error));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block.length);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    const rest = this.#blocks.rest();
    if (rest.length > 0) yield* this.#give(rest.length);
    this.#request({ type: 'end' });
    yield* this.#while(() => !this.#ended);
  }

  close(): void {
    void this.#thread.terminate();
  }

  async *#give(bytes: number): AsyncGenerator<Buffer, void, undefined> {
    this.#request({ type: 'input', slot: this.#given++ % INPUTS, bytes });
    this.#unused++;
    yield* this.#while(() => this.#unused > INPUTS_AHEAD);
  }

  /** Yields what the thread has made until the condition no longer holds. */
  async *#while(condition: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const made = this.#made.shift();
      if (made !== undefined) {
        yield this.#outputs[made.slot]?.subarray(0, made.bytes) ?? Buffer.alloc(0);
        this.#request({ type: 'release', slot: made.slot });
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (condition()) await this.#change();
      else return;
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #request(request: Request): void {
    this.#thread.postMessage(request);
  }

  #take(answer: Answer): void {
    if (answer.type === 'output') this.#made.push(answer);
    else if (answer.type === 'taken') this.#unused--;
    else if (answer.type === 'ended') this.#ended = true;
    else this.#failure = this.#explain(answer.reason, answer.offset);
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}

function sharedSlot(): Buffer {
  return Buffer.from(new SharedArrayBuffer(SLOT_BYTES));
}

/** The package is optional, since it is compiled where it is installed. */
function insistOnZstd(): void {
  try {
    createRequire(import.meta.url).resolve('zstd-napi/binding.js');
  } catch (error) {
    throw new TroubleError('zstd is not available', {
      detail: 'The package zstd-napi, which is optional, is not installed.',
      hint: 'Install it with a C++ compiler at hand, or use gzip or lz4.',
      cause: error,
    });
  }
}
