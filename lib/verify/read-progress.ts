/** How much of a stored backup has been read. */

import { ProgressDisplay, type ProgressForm } from '../cli/progress-display.ts';
import type { ProgressState, Waiting } from '../cli/progress-line.ts';

/** Counts bytes. */
export class ReadProgress {
  readonly #display: ProgressDisplay;
  readonly #begun = process.hrtime.bigint();
  #total = 0;
  #done = 0;

  constructor(tool: string, form: ProgressForm) {
    this.#display = new ProgressDisplay(tool, form, this);
  }

  /** So many bytes are going to be read. */
  begin(total: number): void {
    this.#total = total;
    this.#display.begin();
  }

  add(bytes: number): void {
    this.#done += bytes;
  }

  /** No more will be read. */
  end(): Promise<void> {
    return this.#display.end();
  }

  /** What is shown. */
  state(): ProgressState {
    const seconds = Number(process.hrtime.bigint() - this.#begun) / 1e9;
    return { bytes: this.#done, total: this.#total, seconds, archive: undefined };
  }

  waiting(): Waiting {
    return undefined;
  }
}
