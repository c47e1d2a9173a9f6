/**
 * Threads that read parts of files side by side. They start while others find out what there is to be read. Parts go
 * out in batches, so that small files cost no message each, a few batches ahead of what has come back; results come in
 * the order of the parts.
 */

import { ThreadRequests } from '../../io/thread-requests.ts';
import type { PageRules } from '../../page/page-checker.ts';
import type { FilePart, PartContents } from './file-reader.ts';
import type { ThreadRequest } from './reading-thread.ts';

const BATCH_PARTS = 64;
const BATCHES_AHEAD = 3;

type ReadingThread = ThreadRequests<readonly FilePart[], readonly PartContents[]>;

/** A number of threads, to be closed after use. */
export class ReadingThreads {
  readonly #threads: readonly ReadingThread[];

  constructor(count: number) {
    this.#threads = Array.from(
      { length: count },
      (): ReadingThread => new ThreadRequests(new URL('./reading-thread.ts', import.meta.url)),
    );
  }

  /** Reads all parts, and checks their pages by these rules. */
  async *read(parts: Iterable<FilePart>, rules: PageRules | undefined): AsyncGenerator<PartContents> {
    const request: ThreadRequest = { rules };
    for (const thread of this.#threads) thread.tell(request);
    const pending: Promise<readonly PartContents[]>[] = [];
    for (const batch of batches(parts)) {
      pending.push(this.#leastBusy().ask(batch));
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
