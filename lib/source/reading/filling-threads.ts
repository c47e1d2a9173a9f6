/**
 * Threads that read files into memory that they share with us, so that no byte is copied between them and whoever writes
 * it: items in, filled pieces of memory out. Jobs go round the threads, and round the slabs of each.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { ThreadRequests } from '../../io/thread-requests.ts';
import { type KernelMemory, makeMemory } from '../../page/wasm.ts';
import {
  type FillItem,
  type FillJob,
  type FillReply,
  type FillRules,
  type FoundContents,
  SLAB_BYTES,
} from './fill-job.ts';

/** One that is filled, one that waits, one that is being used. */
const SLABS = 3;

/** A slab with what belongs into it. */
export interface Filled {
  readonly bytes: Buffer;
  /** Item by item. */
  readonly found: readonly (FoundContents | undefined)[];
}

interface FillingThread {
  readonly requests: ThreadRequests<FillJob, FillReply>;
  readonly memory: KernelMemory;
}

/** A number of threads, to be closed after use. They start at once, since that takes a while. */
export class FillingThreads {
  readonly #threads: readonly FillingThread[];
  #jobs = 0;

  constructor(count: number) {
    this.#threads = Array.from({ length: count }, () => ({
      requests: new ThreadRequests<FillJob, FillReply>(new URL('./filling-thread.ts', import.meta.url)),
      memory: makeMemory(SLABS * SLAB_BYTES, true),
    }));
  }

  /** To be called before the first job. */
  begin(rules: Omit<FillRules, 'memory'>): void {
    for (const { requests, memory } of this.#threads) requests.tell({ ...rules, memory });
  }

  /** The number of slabs: when as many jobs have been given, the bytes of the first must be used up before the next. */
  get slabs(): number {
    return SLABS * this.#threads.length;
  }

  /** Does a job. Throws TroubleError for what cannot be read. */
  async fill(items: readonly FillItem[]): Promise<Filled> {
    const job = this.#jobs++;
    const thread = this.#threads[job % this.#threads.length];
    if (thread === undefined) throw new RangeError('there is no thread');
    const slab = Math.floor(job / this.#threads.length) % SLABS;
    const reply = await thread.requests.ask({ slab, items });
    if ('trouble' in reply) throw new TroubleError(reply.trouble, reply);
    const start = slab * SLAB_BYTES;
    return { bytes: Buffer.from(thread.memory.buffer, start, reply.bytes), found: reply.found };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ requests }) => requests.close()));
  }
}
