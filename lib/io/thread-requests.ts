/** A thread that answers requests one after the other: requests in, its answers out, in their order. */

import type { Worker } from 'node:worker_threads';
import { startThread } from './thread.ts';

interface Asked<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One thread, to be closed after use. */
export class ThreadRequests<Request, Answer> {
  readonly #worker: Worker;
  readonly #asked: Asked<Answer>[] = [];

  /** Starts the thread, as startThread() does. */
  constructor(main: URL, workerData?: unknown) {
    this.#worker = startThread(main, workerData);
    this.#worker.on('message', (answer: Answer) => this.#asked.shift()?.resolve(answer));
    this.#worker.on('error', (error) => this.#fail(error as Error));
  }

  /** How many requests it has been given and not answered. */
  get busy(): number {
    return this.#asked.length;
  }

  /** Sends something to which there is no answer. */
  tell(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** Sends a request. If the answer is not awaited, its failure is nobody's. */
  ask(request: Request): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#asked.push({ resolve, reject });
    });
    answer.catch(() => {}); // thrown when it is awaited, if it ever is
    this.#worker.postMessage(request);
    return answer;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#asked.splice(0)) reject(error);
  }
}
