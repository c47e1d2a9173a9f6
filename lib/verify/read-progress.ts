/**
 * How much of a directory has been read, on standard error: in pg_verifybackup's words at most once a second, as JSON,
 * or only when SIGUSR1 asks.
 */

import { isatty } from 'node:tty';
import { writeError } from '../cli/messages.ts';
import type { ProgressForm } from '../cli/progress.ts';
import { answerSigusr1 } from '../cli/signals.ts';
import { lines, text } from '../terminal/text.ts';
import { jsonText } from '../terminal/visible.ts';

const STDERR = 2;
const PAUSE_MS = 1000;

/** Counts bytes. */
export class ReadProgress {
  readonly #form: ProgressForm;
  #total = 0;
  #done = 0;
  #shown = 0;

  constructor(tool: string, form: ProgressForm) {
    this.#form = form;
    // From the start: without a listener, Node.js opens its debugger on this signal.
    answerSigusr1(() => writeError(text`${tool}: ${this.#line()}\n`));
  }

  /** So many bytes are going to be read. */
  begin(total: number): void {
    this.#total = total;
    this.#show(false);
  }

  add(bytes: number): void {
    this.#done += bytes;
    if (this.#form !== 'none' && Date.now() - this.#shown >= PAUSE_MS) this.#show(false);
  }

  end(): void {
    this.#show(true);
  }

  #show(last: boolean): void {
    this.#shown = Date.now();
    if (this.#form === 'json') writeError(lines([jsonText({ bytes: this.#done, total: this.#total })]));
    else if (this.#form === 'text')
      writeError(!last && isatty(STDERR) ? text`${this.#line()}\r` : text`${this.#line()}\n`);
  }

  #line(): string {
    const total = String(Math.floor(this.#total / 1024));
    const done = String(Math.floor(this.#done / 1024)).padStart(total.length);
    const percent = this.#total === 0 ? 0 : Math.floor((this.#done * 100) / this.#total);
    return `${done}/${total} kB (${percent}%) verified`;
  }
}
