/**
 * Threads that read parts of files side by side. They start while others find out what there is to be read. Parts go
 * out in batches, so that small files cost no message each, a few batches ahead of what has come back; results come in
 * the order of the parts.
 */

import type { Worker } from 'node:worker_threads';
import { startThread } from '../../io/thread.ts';
import type { PageRules } from '../../page/page-checker.ts';
import type { FilePart, PartContents } from './file-reader.ts';
import type { ThreadRequest } from './reading-thread.ts';

const BATCH_PARTS = 64;
const BATCHES_AHEAD = 3;

/** A batch that a thread has been given. */
interface Assignment {
  readonly resolve: (results: readonly PartContents[]) => void;
  readonly reject: (error: Error) => void;
}

/** A number of threads, to be closed after use. */
export class ReadingThreads {
  readonly #threads: readonly ReadingThread[];

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => new ReadingThread());
  }

  /** Reads all parts, and checks their pages by these rules. */
  async *read(parts: Iterable<FilePart>, rules: PageRules | undefined): AsyncGenerator<PartContents> {
    for (const thread of this.#threads) thread.begin(rules);
    const pending: Promise<readonly PartContents[]>[] = [];
    for (const batch of batches(parts)) {
      pending.push(this.#leastBusy().read(batch));
      if (pending.length >= this.#threads.length * BATCHES_AHEAD) yield* (await pending.shift()) ?? [];
    }
    for (const results of pending) yield* await results;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #leastBusy(): ReadingThread {
    return this.#threads.reduce((least, thread) => (thread.busy < least.busy ? thread : least));
  }
}

class ReadingThread {
  readonly #worker: Worker;
  readonly #assignments: Assignment[] = [];

  constructor() {
    this.#worker = startThread(new URL('./reading-thread.ts', import.meta.url));
    this.#worker.on('message', (results: readonly PartContents[]) =>
      this.#assignments.shift()?.resolve(results),
    );
    this.#worker.on('error', (error) => this.#fail(error as Error));
  }

  /** How many batches it has been given and not answered. */
  get busy(): number {
    return this.#assignments.length;
  }

  begin(rules: PageRules | undefined): void {
    this.#send({ rules });
  }

  read(batch: readonly FilePart[]): Promise<readonly PartContents[]> {
    const results = new Promise<readonly PartContents[]>((resolve, reject) => {
      this.#assignments.push({ resolve, reject });
    });
    results.catch(() => {}); // thrown when it is awaited, if it ever is
    this.#send(batch);
    return results;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(request: ThreadRequest): void {
    this.#worker.postMessage(request);
  }

  #fail(error: Error): void {
    for (const { reject } of this.#assignments.splice(0)) reject(error);
  }
}

/** A part that may be large is a batch of its own. */
function* batches(parts: Iterable<FilePart>): Generator<readonly FilePart[]> {
  let batch: FilePart[] = [];
  for (const part of parts) {
    batch.push(part);
    if (batch.length < BATCH_PARTS && part.bytes === undefined) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
