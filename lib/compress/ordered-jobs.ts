/**
 * Jobs of the thread pool, whose results come in the order in which the jobs were given. As many run at a time as there
 * are workers. If there are several, one more runs, so that a worker that is done has its next job at once. A few jobs
 * are given ahead, so that no worker waits until a result was taken; their memory is bounded.
 */

/** How many jobs are given ahead. */
export const AHEAD = 2;

/** Threads of libuv's pool, unless the environment had another number when the process was started. */
const POOL_THREADS = 4;

/** How many jobs of the thread pool can run at a time: more workers would only take memory. */
export function poolThreads(): number {
  return Number(process.env.UV_THREADPOOL_SIZE) || POOL_THREADS;
}

/** A line of jobs, each with a result. */
export class OrderedJobs<Result> {
  readonly #workers: number;
  readonly #mostRunning: number;
  #running = 0;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #results: Promise<Result>[] = [];

  constructor(workers: number) {
    this.#workers = workers;
    this.#mostRunning = workers > 1 ? workers + 1 : workers;
  }

  /** How many jobs there may be whose results were not taken. */
  get limit(): number {
    return this.#workers + AHEAD;
  }

  /** Gives a job. If the limit is reached, yields the result of the oldest job first. */
  async *give(job: () => Promise<Result>): AsyncGenerator<Result, void, undefined> {
    if (this.#results.length >= this.limit) yield* this.#take();
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting.push(() => job().then(resolve, reject));
    });
    result.catch(() => {}); // thrown when it is taken, if it ever is
    this.#results.push(result);
    this.#start();
  }

  /** The results of all jobs. */
  async *finish(): AsyncGenerator<Result, void, undefined> {
    while (this.#results.length > 0) yield* this.#take();
  }

  /** Begins no more jobs. Those that run cannot be stopped; what they give is dropped. */
  close(): void {
    this.#waiting.length = 0;
    this.#results.length = 0;
  }

  async *#take(): AsyncGenerator<Result, void, undefined> {
    const oldest = this.#results.shift();
    if (oldest !== undefined) yield await oldest;
  }

  #start(): void {
    if (this.#running >= this.#mostRunning) return;
    const run = this.#waiting.shift();
    if (run === undefined) return;
    this.#running++;
    void run().then(() => {
      this.#running--;
      this.#start();
    });
  }
}
