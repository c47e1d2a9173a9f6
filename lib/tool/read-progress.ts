/** How much of a stored backup has been read. */

import type { Messages } from '../terminal/messages.ts';
import { ProgressDisplay, type ProgressForm } from '../terminal/progress-display.ts';
import type { ProgressState, Waiting } from '../terminal/progress-line.ts';
import type { ReadListener } from '../verify/shared/verification.ts';

/** Counts bytes. */
export class ReadProgress implements ReadListener {
  readonly #display: ProgressDisplay;
  readonly #begun = process.hrtime.bigint();
  readonly #verifies: boolean;
  #total = 0;
  #done = 0;

  /** Of a verification, the last line says so. */
  constructor(messages: Messages, form: ProgressForm, { verifies = false }: { verifies?: boolean } = {}) {
    this.#verifies = verifies;
    this.#display = new ProgressDisplay(messages, form, this);
  }

  /** Reading begins, of `total` bytes. */
  begin(total: number): void {
    this.#total = total;
    this.#display.begin();
  }

  add(bytes: number): void {
    this.#done += bytes;
  }

  /** Reading has ended. */
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

  /** As pg_verifybackup ends its report (progress_report() in src/bin/pg_verifybackup/pg_verifybackup.c). */
  conclusion(): string | undefined {
    if (!this.#verifies) return undefined;
    const percent = this.#total === 0 ? 100 : Math.floor((100 * this.#done) / this.#total);
    return `${kilobytes(this.#done)}/${kilobytes(this.#total)} kB (${percent}%) verified`;
  }

  async drawsLater(): Promise<boolean | undefined> {
    return (await import('./later-tools.ts')).drawsLater();
  }
}

function kilobytes(bytes: number): number {
  return Math.floor(bytes / 1024);
}
