/**
 * A wait for a change that somebody else makes. The waiter checks a condition, waits, and checks again; whoever changes
 * something wakes it. There is one waiter at a time. A wake-up while nobody waits has no effect, since a waiter always
 * checks first.
 */

/** The wait of one waiter. */
export class WakeUp {
  #wake = () => {};

  /** Done at the next wake(). */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake();
  }
}
