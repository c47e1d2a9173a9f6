/**
 * Diagnostics on standard error in PostgreSQL's style (src/common/logging.c): `program: error: text`, with detail and
 * hint on lines of their own. Control characters in them are escaped. PG_COLOR=always or auto turns colours on,
 * NO_COLOR turns them off.
 */

import { isatty } from 'node:tty';
import { StandardError } from './standard-error.ts';
import { lines, Text, text } from './text.ts';

const STDERR = 2;
type Level = 'error' | 'warning' | 'notice' | 'detail' | 'hint';
const COLOURS: Readonly<Record<Level, string>> = {
  error: '01;31',
  warning: '01;35',
  notice: '01;36',
  detail: '01;36',
  hint: '01;36',
};

/** Optional parts of an error or warning. */
export interface Extras {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
}

/** What a server has to say (NoticeResponse). */
export interface Notice extends Extras {
  readonly severity: string;
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** What can be done next: a sentence without its end, and the commands. */
export interface Advice {
  readonly text: string;
  readonly commands: readonly string[];
}

/** How messages go out. */
export interface MessageOptions {
  readonly verbose?: boolean;
  /** The one of the process. */
  readonly standardError?: StandardError;
}

/** The messages of one tool. */
export class Messages {
  readonly tool: string;
  readonly verbose: boolean;
  readonly standardError: StandardError;
  readonly #colour: boolean;

  constructor(tool: string, { verbose = false, standardError = new StandardError() }: MessageOptions = {}) {
    this.tool = tool;
    this.verbose = verbose;
    this.standardError = standardError;
    this.#colour = wantsColour();
  }

  error(message: string, extras: Extras = {}): void {
    this.#report('error', message, extras);
  }

  warning(message: string, extras: Extras = {}): void {
    this.#report('warning', message, extras);
  }

  /** Something that the server has to say: a warning or a notice, with its own severity. */
  notice(report: Notice): void {
    this.#report(report.severity === 'WARNING' ? 'warning' : 'notice', report.message, report);
  }

  /** A line that is shown with -v only. */
  info(message: string): void {
    if (this.verbose) this.standardError.write(text`${this.tool}: ${message}\n`);
  }

  /**
   * What has been done: a line that is shown with -v, or on a terminal. On a terminal it is followed by what can be
   * done next.
   */
  done(message: string, ...next: readonly Advice[]): void {
    if (!isatty(STDERR)) this.info(message);
    else this.standardError.write(text`${this.tool}: ${message}\n${adviceText(next)}`);
  }

  #report(level: Level, message: string, extras: Extras): void {
    const report = [this.#line(level, message)];
    if (extras.detail !== undefined) report.push(this.#line('detail', extras.detail));
    if (extras.hint !== undefined) report.push(this.#line('hint', extras.hint));
    this.standardError.write(Text.joined(report));
  }

  #line(level: Level, message: string): Text {
    const label = this.#colour ? text`\x1b[${COLOURS[level]}m${level}: \x1b[0m` : text`${level}: `;
    return text`${this.tool}: ${label}${message}\n`;
  }
}

/** As initdb has it at its end. */
function adviceText(advice: readonly Advice[]): Text {
  const each = advice.map(
    (one) => text`\n${one.text} using:\n\n${lines(one.commands.map((command) => `    ${command}`))}`,
  );
  return each.length === 0 ? text`` : text`${Text.joined(each)}\n`;
}

function wantsColour(): boolean {
  if ((process.env.NO_COLOR ?? '') !== '') return false;
  const wish = process.env.PG_COLOR;
  return wish === 'always' || (wish === 'auto' && isatty(STDERR));
}
