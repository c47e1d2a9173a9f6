/** Which blocks of a file are there: one bit a block, since a cluster of a tebibyte has 134 million of them. */

const BITS = 8;
const FULL = 0xff;

/** Blocks from 0 to below the capacity. */
export class BlockSet {
  readonly capacity: number;
  readonly #bytes: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#bytes = new Uint8Array(Math.ceil(capacity / BITS));
  }

  /** Adds a block, which must be below the capacity. */
  add(block: number): void {
    const at = block >>> 3;
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (1 << (block & 7));
  }

  has(block: number): boolean {
    return ((this.#bytes[block >>> 3] ?? 0) & (1 << (block & 7))) !== 0;
  }

  /** The first block from `from` on that is there; the capacity if there is none. */
  nextPresent(from: number): number {
    return this.#next(from, true);
  }

  /** The first block from `from` on that is not there; the capacity if there is none. */
  nextMissing(from: number): number {
    return this.#next(from, false);
  }

  #next(from: number, present: boolean): number {
    const uniform = present ? 0 : FULL;
    let block = from;
    while (block < this.capacity && this.has(block) !== present)
      block += block % BITS === 0 && this.#bytes[block >>> 3] === uniform ? BITS : 1;
    return Math.min(block, this.capacity);
  }
}
