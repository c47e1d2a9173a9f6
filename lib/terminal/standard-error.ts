/**
 * Standard error, and the progress bar in its last line. A message never ends up in the line of a bar: the bar is
 * cleared before a message and drawn again after it. Where another program of the pipeline may have drawn a bar, a
 * message begins by clearing the line, and that program draws its bar again by itself.
 *
 * A process makes one of these, and all its writes to standard error go through it.
 */

import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Text } from './text.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2] as const;
const CLEAR = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;

/** Standard error of this process. */
export class StandardError {
  /** The bar, while it is there. */
  #bar: string | undefined;
  /** Whether a bar of another program may be there. */
  #shared = false;

  /** Finds out whether other programs of a pipeline may draw on the same terminal. */
  share(): void {
    this.#shared = isDrawable() && [STDIN, STDOUT].some(isPipe);
  }

  /** Writes lines. */
  write(lines: Text): void {
    if (this.#bar !== undefined) put(`${CLEAR}${lines}${this.#bar}`);
    else put(this.#shared ? `${CLEAR}${lines}` : String(lines));
  }

  /** Draws a bar, over the one that is there. */
  drawBar(text: Text): void {
    this.#bar = String(text);
    put(`\r${this.#bar}\x1b[K`);
  }

  /** Leaves the bar where it is; what follows goes to the next line. */
  leaveBar(): void {
    if (this.#bar === undefined) return;
    this.#bar = undefined;
    put('\n');
  }
}

/** Whether a line of standard error can be drawn over. */
export function isDrawable(): boolean {
  return isatty(STDERR) && process.env.TERM !== 'dumb';
}

/** The width of the terminal; some terminals do not report it. */
export function drawableColumns(): number {
  return process.stderr.columns || DEFAULT_COLUMNS;
}

/** Calls the function whenever the width has changed. Returns a function that ends this. */
export function onResize(redraw: () => void): () => void {
  process.stderr.on('resize', redraw);
  return () => process.stderr.off('resize', redraw);
}

/** Whether another program is at the other end of a descriptor. */
export function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false; // closed
  }
}

function put(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // Closed, or full: there is nobody left to tell.
  }
}
