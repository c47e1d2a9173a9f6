/**
 * Diagnostics on standard error in PostgreSQL's style (src/common/logging.c): `program: error: text`, with
 * detail and hint on lines of their own. PG_COLOR=always or auto colours them, NO_COLOR forbids it.
 */

import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Report } from '../backup/report.ts';

const STDERR = 2;
type Level = 'error' | 'warning' | 'notice' | 'detail' | 'hint';
const COLOURS: Readonly<Record<Level, string>> = {
  error: '01;31',
  warning: '01;35',
  notice: '01;36',
  detail: '01;36',
  hint: '01;36',
};

/** What an error or warning may carry besides its text. */
export interface Extras {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

/** What can be done next: a sentence without its end, and the commands. */
export interface Advice {
  readonly text: string;
  readonly commands: readonly string[];
}

/** Speaks to the user in the name of one tool. */
export class Messages {
  readonly #tool: string;
  readonly #colour: boolean;
  readonly verbose: boolean;

  constructor(tool: string, options: { verbose?: boolean } = {}) {
    this.#tool = tool;
    this.#colour = wantsColour();
    this.verbose = options.verbose ?? false;
  }

  error(text: string, extras: Extras = {}): void {
    this.#report('error', text, extras);
  }

  warning(text: string, extras: Extras = {}): void {
    this.#report('warning', text, extras);
  }

  /** Something that the server has to say: a warning or a notice, with its own severity. */
  notice(report: Report): void {
    this.#report(report.severity === 'WARNING' ? 'warning' : 'notice', report.message, report);
  }

  /** A line that is only of interest under -v. */
  info(text: string): void {
    if (this.verbose) writeError(`${this.#tool}: ${text}\n`);
  }

  /**
   * What has been done: a line that is only of interest under -v, or to somebody who sits there, and who is told too
   * what can be done next.
   */
  done(text: string, next?: Advice): void {
    if (!isatty(STDERR)) this.info(text);
    else writeError(`${this.#tool}: ${text}\n${next === undefined ? '' : adviceText(next)}`);
  }

  #report(level: Level, text: string, extras: Extras): void {
    const lines = [this.#line(level, text)];
    if (extras.detail !== undefined) lines.push(this.#line('detail', extras.detail));
    if (extras.hint !== undefined) lines.push(this.#line('hint', extras.hint));
    writeError(lines.join(''));
  }

  #line(level: Level, text: string): string {
    const label = this.#colour ? `\x1b[${COLOURS[level]}m${level}: \x1b[0m` : `${level}: `;
    return `${this.#tool}: ${label}${text}\n`;
  }
}

/** Writes to standard error, whatever becomes of it: there is nobody left to tell. */
export function writeError(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // Closed, or full.
  }
}

/** As initdb has it at its end. */
function adviceText({ text, commands }: Advice): string {
  return `\n${text} using:\n\n${commands.map((command) => `    ${command}\n`).join('')}\n`;
}

function wantsColour(): boolean {
  if ((process.env.NO_COLOR ?? '') !== '') return false;
  const wish = process.env.PG_COLOR;
  return wish === 'always' || (wish === 'auto' && isatty(STDERR));
}
