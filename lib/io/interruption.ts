/**
 * A wait that somebody else can end with an error. The act that was waited for goes on by itself; its outcome is
 * ignored.
 */

/** One wait at a time. */
export class Interruption {
  #interrupt: (reason: Error) => void = () => {};

  /** The result of an act, unless the wait for it is interrupted: then throws the reason. */
  unlessInterrupted<Result>(act: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      act.then(resolve, reject);
    });
  }

  /** Ends the wait, if there is one. */
  interrupt(reason: Error): void {
    this.#interrupt(reason);
  }
}
