/**
 * The main of the thread that runs libzstd, for one task after the other: blocks of input come in and blocks of output
 * go out, both in shared memory (zstd-codec.ts). A call into the library can take seconds at high levels.
 */

import assert from 'node:assert';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { WakeUp } from '../io/wake-up.ts';
import type { Answer, Request, ZstdSlots } from './zstd-messages.ts';
import { ZstdOutputs } from './zstd-outputs.ts';
import { type Step, ZstdSteps } from './zstd-step.ts';

const NOTHING = new Uint8Array();

/** Does what is asked for at the port. */
class ZstdServer {
  readonly #port: MessagePort;
  readonly #inputs: readonly Uint8Array[];
  readonly #outputs: ZstdOutputs;
  readonly #steps = new ZstdSteps();
  /** Requests that wait, other than releases. */
  readonly #requests: Request[] = [];
  readonly #arrival = new WakeUp();
  /** Bytes of input that were used up. */
  #used = 0;

  constructor(port: MessagePort, { inputs, outputs }: ZstdSlots) {
    this.#port = port;
    this.#inputs = inputs;
    this.#outputs = new ZstdOutputs(outputs, (slot, bytes) => this.#answer({ type: 'output', slot, bytes }));
    port.on('message', (request: Request) => this.#take(request));
  }

  async run(): Promise<never> {
    for (;;) await this.#serve(await this.#next());
  }

  #take(request: Request): void {
    if (request.type === 'quit') this.#quit();
    else if (request.type === 'release') this.#outputs.release(request.slot);
    else {
      this.#requests.push(request);
      this.#arrival.wake();
    }
  }

  /**
   * Runs between two calls, since messages come only then. The library's memory must be freed here: it would outlive
   * the thread.
   */
  #quit(): never {
    this.#steps.free();
    process.exit();
  }

  /** Does one task; what still comes for a task that has failed is passed over. */
  async #serve(request: Request): Promise<void> {
    if (request.type !== 'begin') return;
    try {
      this.#outputs.begin();
      this.#used = 0;
      await this.#work(this.#steps.open(request.task));
      this.#answer({ type: 'ended' });
    } catch (error) {
      this.#answer({ type: 'failed', reason: (error as Error).message, offset: this.#used });
    }
  }

  async #work(step: Step): Promise<void> {
    for (;;) {
      const request = await this.#next();
      if (request.type === 'input') {
        await this.#convert(step, this.#inputs[request.slot]?.subarray(0, request.bytes) ?? NOTHING, false);
        this.#answer({ type: 'taken' });
      } else {
        await this.#convert(step, NOTHING, true);
        this.#outputs.flush();
        return;
      }
    }
  }

  /** Uses up all the input and hands out every output that is full. */
  async #convert(step: Step, input: Uint8Array, end: boolean): Promise<void> {
    for (let position = 0; ; ) {
      const output = await this.#outputs.room();
      const { consumed, produced, more } = step(output, input.subarray(position), end);
      position += consumed;
      this.#used += consumed;
      this.#outputs.wrote(produced);
      if (position === input.length && !more) return;
    }
  }

  async #next(): Promise<Request> {
    for (;;) {
      const request = this.#requests.shift();
      if (request !== undefined) return request;
      await this.#arrival.wait();
    }
  }

  #answer(message: Answer): void {
    this.#port.postMessage(message);
  }
}

assert(parentPort !== null, 'runs as a thread only');
await new ZstdServer(parentPort, workerData as ZstdSlots).run();
