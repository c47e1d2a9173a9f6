/**
 * The CRC-32C of a file that is written in pieces, out of order: each run of bytes that follow upon each other has its
 * own CRC, and at the end they are joined in the order of the file. Where nothing was written there are zeros.
 */

import { combineCrc32c, crc32cOfZeros } from '../crc/combine.ts';
import { crc32c } from '../crc/crc32c.ts';

/** Computes it. No byte may be written twice. */
export class RunChecksum {
  /** Of each run in the order of writing: where it begins, where it ends, and its CRC. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #crcs: number[] = [];

  /** Takes bytes that were written at this position. */
  update(position: number, bytes: Buffer): void {
    const last = this.#ends.length - 1;
    if (this.#ends[last] === position) {
      this.#crcs[last] = crc32c(bytes, this.#crcs[last]);
      this.#ends[last] = position + bytes.length;
      return;
    }
    this.#starts.push(position);
    this.#ends.push(position + bytes.length);
    this.#crcs.push(crc32c(bytes));
  }

  /** The CRC of a file that is so long. */
  digest(length: number): number {
    const order = [...this.#starts.keys()].sort((one, other) => this.#start(one) - this.#start(other));
    let crc = 0;
    let end = 0;
    for (const run of order) {
      const start = this.#start(run);
      crc = appendZeros(crc, start - end);
      end = this.#ends[run] ?? 0;
      crc = combineCrc32c(crc, this.#crcs[run] ?? 0, end - start);
    }
    return appendZeros(crc, length - end);
  }

  #start(run: number): number {
    return this.#starts[run] ?? 0;
  }
}

function appendZeros(crc: number, bytes: number): number {
  return bytes === 0 ? crc : combineCrc32c(crc, crc32cOfZeros(bytes), bytes);
}
