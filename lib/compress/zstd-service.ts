/**
 * A thread that runs libzstd, and the memory that we share with it. It does one task after the other; while it has none
 * it does not keep the process alive.
 */

import type { Worker } from 'node:worker_threads';
import { startThread } from '../io/thread.ts';
import type { Answer, Request, ZstdSlots, ZstdTask } from './zstd-messages.ts';

/** Large, since each of them costs two messages. */
const SLOT_BYTES = 1024 * 1024;
const INPUTS = 4;
const OUTPUTS = 4;

/** Whoever has given a task hears of all answers, and of an error that has ended the thread. */
export interface Client {
  answer(answer: Answer): void;
  error(error: Error): void;
}

/** One thread. */
export class ZstdService {
  readonly inputs = Array.from({ length: INPUTS }, sharedSlot);
  readonly outputs = Array.from({ length: OUTPUTS }, sharedSlot);
  readonly #thread: Worker;
  #client: Client | undefined;

  constructor() {
    const slots: ZstdSlots = { inputs: this.inputs, outputs: this.outputs };
    this.#thread = startThread(new URL('./zstd-thread.ts', import.meta.url), slots);
    this.#thread.on('message', (answer: Answer) => this.#client?.answer(answer));
    this.#thread.on('error', (error) => this.#client?.error(error as Error));
  }

  /** Begins with a task; the one before must have ended. */
  begin(task: ZstdTask, client: Client): void {
    this.#client = client;
    this.#thread.ref();
    this.request({ type: 'begin', task });
  }

  request(request: Request): void {
    this.#thread.postMessage(request);
  }

  /** Waits for the next task. */
  rest(): void {
    this.#client = undefined;
    this.#thread.unref();
  }

  /** Ends the thread, which may still work on a task. */
  quit(): void {
    this.rest();
    this.request({ type: 'quit' });
  }
}

function sharedSlot(): Buffer {
  return Buffer.from(new SharedArrayBuffer(SLOT_BYTES));
}
