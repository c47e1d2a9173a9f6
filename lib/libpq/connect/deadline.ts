/** The time allowed for an attempt to connect. It is suspended while the user is asked for a password. */

/** The time is over. */
export class TimeoutError extends Error {}

/** A limit in seconds; 0 means none. */
export class Deadline {
  readonly #milliseconds: number;
  readonly #expire: (error: TimeoutError) => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(seconds: number, expire: (error: TimeoutError) => void) {
    this.#milliseconds = seconds * 1000;
    this.#expire = expire;
  }

  start(): void {
    if (this.#milliseconds === 0 || this.#over) return;
    this.#timer = setTimeout(() => this.#expire(new TimeoutError('timeout expired')), this.#milliseconds);
  }

  /** Ends it: from now on it neither expires nor starts again. */
  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  /** Runs the function with the timer stopped; afterwards the full time is allowed again. */
  async suspend<Result>(run: () => Promise<Result>): Promise<Result> {
    clearTimeout(this.#timer);
    const result = await run();
    this.start();
    return result;
  }
}
