/**
 * Memory for parts: each is gathered in a buffer, and kept there until the store has it, so that it can be sent again.
 * Whoever wants a buffer waits until enough of the others have been given back.
 */

import { MIN_PART_BYTES } from './part-size.ts';

/** Parts of the smallest size that are under way at a time, unless another number is asked for. */
const USUAL_JOBS = 4;

/** Lends buffers. */
export class PartBuffers {
  readonly #limitBytes: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #lentBytes = 0;
  /** Buffers whose part is under way, and which will come back by themselves. */
  #underWay = 0;

  /** Memory for this number of parts of the smallest size, and for one that is being filled. */
  constructor(jobs = USUAL_JOBS) {
    this.#limitBytes = (jobs + 1) * MIN_PART_BYTES;
  }

  /** A buffer of that size. Of large ones there are two, one of them under way. */
  async take(bytes: number): Promise<Buffer> {
    while (this.#underWay > 0 && this.#lentBytes + bytes > Math.max(this.#limitBytes, 2 * bytes))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#lentBytes += bytes;
    const at = this.#free.findIndex(({ length }) => length === bytes);
    if (at >= 0) return this.#free.splice(at, 1)[0] ?? Buffer.allocUnsafeSlow(bytes);
    this.#free.length = 0; // of another size, which will hardly be wanted again
    return Buffer.allocUnsafeSlow(bytes);
  }

  /** The buffer is given back when the work with it has ended, however it ends. */
  async lend<Result>(buffer: Buffer, work: () => Promise<Result>): Promise<Result> {
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
      this.#lentBytes -= buffer.length;
      this.#free.push(buffer);
      for (const resume of this.#waiting.splice(0)) resume();
    }
  }
}
