/**
 * The CRC-32C of a file that is written in pieces, out of order. Where nothing was written there are zeros. A CRC is
 * linear, so that each run of bytes that follow upon each other adds what a file of zeros with this run in it has, and
 * nothing must be kept of it.
 */

import { crc32cOfZeros, shiftCrc32c } from '../crc/combine.ts';
import { crc32c } from '../crc/crc32c.ts';

/** A CRC begins with all bits set and is inverted at its end. What is added must not do either. */
const INVERTED = 0xffffffff;

/** Computes it. No byte may be written twice. */
export class RunChecksum {
  /** Where the current run ends, and its CRC so far. */
  #end = 0;
  #crc = INVERTED;
  /** What all runs before have added, as if the file ended at its first byte. */
  #sum = 0;

  /** Takes bytes that were written at this position. */
  update(position: number, bytes: Buffer): void {
    if (this.#end !== position) {
      this.#sum = this.#withRun();
      this.#crc = INVERTED;
    }
    this.#crc = crc32c(bytes, this.#crc);
    this.#end = position + bytes.length;
  }

  /** The CRC of a file that is so long. */
  digest(length: number): number {
    return (shiftCrc32c(this.#withRun(), length) ^ crc32cOfZeros(length)) >>> 0;
  }

  #withRun(): number {
    return this.#sum ^ shiftCrc32c(this.#crc ^ INVERTED, -this.#end);
  }
}
