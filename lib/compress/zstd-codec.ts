/**
 * zstd, compressed or decompressed by the system's libzstd in a thread of its own. Input goes there and output comes
 * back in blocks of shared memory, a few at a time.
 */

import { WakeUp } from '../io/wake-up.ts';
import { Blocks } from './blocks.ts';
import type { Codec } from './codec.ts';
import type { Answer, ZstdTask } from './zstd-messages.ts';
import { ZstdService } from './zstd-service.ts';
import type { ZstdThreads } from './zstd-threads.ts';

/** Explains why a task has failed: the reason in libzstd's words, and how many bytes of input were used up. */
export type Explain = (reason: string, offset: number) => Error;

/** Does one task. */
export class ZstdCodec implements Codec {
  readonly #explain: Explain;
  readonly #threads: ZstdThreads | undefined;
  readonly #service: ZstdService;
  readonly #blocks: Blocks;
  /** Blocks given so far, from which the slot of the next one follows. */
  #given = 0;
  /** How many of them the thread has not used up. */
  #unused = 0;
  readonly #made: Extract<Answer, { type: 'output' }>[] = [];
  /** Whether the thread has ended the task. */
  #done = false;
  #failure: Error | undefined;
  #closed = false;
  readonly #change = new WakeUp();

  /** Uses the idle one of `threads`, if there is one, and gives its own back to them. */
  constructor(task: ZstdTask, explain: Explain, threads?: ZstdThreads) {
    this.#explain = explain;
    this.#threads = threads;
    this.#service = threads?.take() ?? new ZstdService();
    this.#service.begin(task, {
      answer: (answer) => this.#take(answer),
      error: (error) => this.#fail(error),
    });
    const { inputs } = this.#service;
    let asked = 0;
    this.#blocks = new Blocks(() => inputs[asked++ % inputs.length] ?? Buffer.alloc(0));
  }

  async *push(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (const block of this.#blocks.cut(bytes)) yield* this.#give(block.length);
  }

  async *end(): AsyncGenerator<Buffer, void, undefined> {
    const rest = this.#blocks.rest();
    if (rest.length > 0) yield* this.#give(rest.length);
    this.#service.request({ type: 'end' });
    yield* this.#while(() => !this.#done);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#done && this.#threads !== undefined) this.#threads.giveBack(this.#service);
    else this.#service.quit();
  }

  /** Gives the thread the block in the next slot; done when there is another slot that it has used up. */
  async *#give(bytes: number): AsyncGenerator<Buffer, void, undefined> {
    const slots = this.#service.inputs.length;
    this.#service.request({ type: 'input', slot: this.#given++ % slots, bytes });
    this.#unused++;
    yield* this.#while(() => this.#unused === slots);
  }

  /** Yields what the thread has made until the condition no longer holds. */
  async *#while(condition: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const made = this.#made.shift();
      if (made !== undefined) {
        yield this.#service.outputs[made.slot]?.subarray(0, made.bytes) ?? Buffer.alloc(0);
        this.#service.request({ type: 'release', slot: made.slot });
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (condition()) await this.#change.wait();
      else return;
    }
  }

  #take(answer: Answer): void {
    if (answer.type === 'output') this.#made.push(answer);
    else if (answer.type === 'taken') this.#unused--;
    else {
      this.#done = true;
      if (answer.type === 'failed') this.#failure = this.#explain(answer.reason, answer.offset);
    }
    this.#change.wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#change.wake();
  }
}
