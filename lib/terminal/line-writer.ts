/**
 * Lines of text to an output, gathered into large pieces: a list of a million members must not take a million writes.
 */

import type { Output } from '../io/output.ts';
import { lines } from './text.ts';

const PIECE_CHARACTERS = 64 * 1024;

/** Where lines go. */
export type LineOutput = Pick<Output, 'write'>;

/** Gathers lines. */
export class LineWriter {
  readonly #output: LineOutput;
  #lines: string[] = [];
  #characters = 0;

  constructor(output: LineOutput) {
    this.#output = output;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
  }

  /** To be called between lines, as often as is convenient: waits for the output if a piece is full. */
  async drain(): Promise<void> {
    if (this.#characters >= PIECE_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const gathered = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    if (gathered.length > 0) await this.#output.write([lines(gathered).bytes]);
  }
}
