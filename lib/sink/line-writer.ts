/** Lines of text to an output, gathered to large pieces: a list of a million members is not a million writes. */

import type { Output } from '../io/output.ts';

const PIECE_CHARACTERS = 64 * 1024;

/** Where lines go. */
export type LineOutput = Pick<Output, 'write'>;

/** Gathers lines. */
export class LineWriter {
  readonly #output: LineOutput;
  #text = '';

  constructor(output: LineOutput) {
    this.#output = output;
  }

  add(line: string): void {
    this.#text += `${line}\n`;
  }

  /** To be called between lines, as often as is convenient: waits for the output if a piece is full. */
  async drain(): Promise<void> {
    if (this.#text.length >= PIECE_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await this.#output.write([Buffer.from(text)]);
  }
}
