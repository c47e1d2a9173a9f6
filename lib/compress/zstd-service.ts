/**
 * Threads that run libzstd. To start one takes tens of milliseconds, and a backup may have hundreds of tablespaces, so
 * one that has done its task is kept for the next. While it has none it does not keep the process alive.
 */

import type { Worker } from 'node:worker_threads';
import { startThread } from '../io/thread.ts';
import type { Answer, Request, ZstdSlots, ZstdTask } from './zstd-messages.ts';

/** Large, since each of them costs two messages. */
const SLOT_BYTES = 1024 * 1024;
const INPUTS = 4;
const OUTPUTS = 4;

/** Who has given a task is told of all answers, and of an error that has ended the thread. */
export interface Client {
  answer(answer: Answer): void;
  error(error: Error): void;
}

let idle: ZstdService | undefined;

/** A thread with its memory. */
export class ZstdService {
  readonly inputs = Array.from({ length: INPUTS }, sharedSlot);
  readonly outputs = Array.from({ length: OUTPUTS }, sharedSlot);
  readonly #thread: Worker;
  #client: Client | undefined;

  private constructor() {
    const slots: ZstdSlots = { inputs: this.inputs, outputs: this.outputs };
    this.#thread = startThread(new URL('./zstd-thread.ts', import.meta.url), slots);
    this.#thread.on('message', (answer: Answer) => this.#client?.answer(answer));
    this.#thread.on('error', (error) => this.#client?.error(error as Error));
  }

  /** Begins with a task, in the thread that has none, or a new one. */
  static begin(task: ZstdTask, client: Client): ZstdService {
    const service = idle ?? new ZstdService();
    idle = undefined;
    service.#client = client;
    service.#thread.ref();
    service.request({ type: 'begin', task });
    return service;
  }

  request(request: Request): void {
    this.#thread.postMessage(request);
  }

  /** The task is no more. A thread that may still work on it is stopped. */
  end(done: boolean): void {
    this.#client = undefined;
    if (done && idle === undefined) idle = this;
    else this.request({ type: 'quit' });
    this.#thread.unref();
  }
}

function sharedSlot(): Buffer {
  return Buffer.from(new SharedArrayBuffer(SLOT_BYTES));
}
