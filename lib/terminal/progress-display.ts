/**
 * Where progress is shown, and how often: on a terminal, as a bar that is redrawn; elsewhere, and where it is not known
 * whether another tool of the pipeline draws, as a line every few seconds; for programs, as one JSON object a line; on
 * SIGUSR1, always as one line.
 */

import type { Messages } from './messages.ts';
import { type ProgressState, progressBar, progressLine, type Waiting } from './progress-line.ts';
import { answerSigusr1 } from './signals.ts';
import { drawableColumns, isDrawable, isPipe, onResize } from './standard-error.ts';
import { lines, type Text, text } from './text.ts';
import { jsonText } from './visible.ts';

const STDOUT = 1;
const REDRAW_MS = 500;
const LINE_MS = 5000;

/** How progress is shown: only when asked by SIGUSR1, for people, or for programs. */
export type ProgressForm = 'none' | 'text' | 'json';

/** What is shown. */
export interface Source {
  state(): ProgressState;
  waiting(): Waiting;
  /** A line after the last one, where there are lines. */
  conclusion?(): string | undefined;
  /** Whether a later tool of the pipeline draws; undefined if that cannot be told. */
  drawsLater(): Promise<boolean | undefined>;
}

/** Nothing, because a later tool of the pipeline draws; lines; or a bar. */
type Manner = 'nothing' | 'lines' | 'bar';

/** Shows the progress of one tool. */
export class ProgressDisplay {
  readonly #messages: Messages;
  readonly #form: ProgressForm;
  readonly #source: Source;
  readonly #drawable = isDrawable();
  #manner: Promise<Manner> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopResizing = () => {};

  constructor(messages: Messages, form: ProgressForm, source: Source) {
    this.#messages = messages;
    this.#form = form;
    this.#source = source;
    // From the start: without a listener, Node.js starts its debugger on this signal.
    answerSigusr1(() => this.#messages.standardError.write(this.#line()));
  }

  /** Whether a bar may be drawn; it must not cover a password prompt. */
  get mayDraw(): boolean {
    return this.#form === 'text' && this.#drawable;
  }

  /** Shows progress from now on. */
  begin(): void {
    if (this.#form === 'none' || this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#show(), this.mayDraw ? REDRAW_MS : LINE_MS).unref();
    if (this.mayDraw) this.#stopResizing = onResize(() => void this.#show());
  }

  /** Shows the final state, and then no more. */
  async end(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopResizing();
    await this.#show();
    await this.#conclude();
    this.#messages.standardError.leaveBar();
  }

  /** Programs that read the lines look at the last one. */
  async #conclude(): Promise<void> {
    const conclusion = this.#source.conclusion?.();
    if (conclusion === undefined || this.#form !== 'text' || (await this.#manner) !== 'lines') return;
    this.#messages.standardError.write(text`${this.#messages.tool}: ${conclusion}\n`);
  }

  async #show(): Promise<void> {
    if (this.#form === 'json')
      return this.#messages.standardError.write(lines([jsonText(this.#source.state())]));
    this.#manner ??= this.#chooseManner();
    const manner = await this.#manner;
    if (manner === 'lines') this.#messages.standardError.write(this.#line());
    else if (manner === 'bar') this.#messages.standardError.drawBar(this.#bar());
  }

  /** Chosen when progress is first shown: by then all programs of the pipeline have been started. */
  async #chooseManner(): Promise<Manner> {
    if (!this.#drawable) return 'lines';
    if (!isPipe(STDOUT)) return 'bar';
    const later = await this.#source.drawsLater();
    if (later === undefined && this.#timer !== undefined) this.#slowDown();
    return later === undefined ? 'lines' : later ? 'nothing' : 'bar';
  }

  #slowDown(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#show(), LINE_MS).unref();
    this.#stopResizing();
  }

  #line(): Text {
    return text`${this.#messages.tool}: ${this.#source.waiting() ?? progressLine(this.#source.state())}\n`;
  }

  #bar(): Text {
    const columns = drawableColumns();
    const waiting = this.#source.waiting();
    if (waiting === undefined)
      return text`${progressBar(this.#messages.tool, this.#source.state(), columns)}`;
    return text`${`${this.#messages.tool}: ${waiting}`.slice(0, columns - 1)}`;
  }
}
