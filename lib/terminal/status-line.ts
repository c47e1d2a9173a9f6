/**
 * The line of a terminal that a bar is drawn in: text in, the bytes for standard error out, so that a message never
 * ends up beside a bar. The bar is taken away before a message and drawn again after it; where another program of the
 * pipeline may have drawn one, a message begins by clearing the line, and that program draws its bar again by itself.
 */

import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Text } from './text.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2] as const;
const CLEAR = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;

/** The bar, while it is there. */
let bar: string | undefined;
/** Whether a bar of another program may be there. */
let shared = false;

/** Whether a line of standard error can be drawn over. */
export function isDrawable(): boolean {
  return isatty(STDERR) && process.env.TERM !== 'dumb';
}

/** How wide it is; some terminals do not know. */
export function drawableColumns(): number {
  return process.stderr.columns || DEFAULT_COLUMNS;
}

/** Has the line redrawn when its width has changed. Gives what ends that. */
export function onResize(redraw: () => void): () => void {
  process.stderr.on('resize', redraw);
  return () => process.stderr.off('resize', redraw);
}

/** Draws a bar, over the one that is there. */
export function drawBar(text: Text): void {
  bar = String(text);
  put(`\r${bar}\x1b[K`);
}

/** Leaves the bar where it is; what follows goes to the next line. */
export function leaveBar(): void {
  if (bar === undefined) return;
  bar = undefined;
  put('\n');
}

/** What is to be written so that these lines stand by themselves. */
export function besideBar(lines: string): string {
  if (bar !== undefined) return `${CLEAR}${lines}${bar}`;
  return shared ? `${CLEAR}${lines}` : lines;
}

/** Finds out whether the terminal is that of a pipeline, of which other programs may draw. */
export function shareTerminal(): void {
  shared = isDrawable() && [STDIN, STDOUT].some(isPipe);
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
    // Closed, or full: as with messages, there is nobody left to tell.
  }
}
