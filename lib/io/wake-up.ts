/**
 * A wait for whatever somebody else changes: the one who waits looks, waits, and looks again; the others change
 * something, and wake it. One at a time waits. A wake-up while nobody waits is forgotten, since whoever comes to wait
 * has looked before.
 */

/** One who waits, and those who wake it. */
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
