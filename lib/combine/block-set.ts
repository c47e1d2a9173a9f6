/**
 * Which blocks of a file are there: one bit a block, since a cluster of a tebibyte has 134 million of them. Memory is
 * taken only around blocks that are there.
 */

const BITS = 8;
const FULL = 0xff;
const CHUNK_BYTES = 2048;
const CHUNK_BLOCKS = CHUNK_BYTES * BITS;

/** Blocks from 0 to below the capacity. */
export class BlockSet {
  /** Those that were added beyond it do not count. */
  capacity: number;
  readonly #chunks = new Map<number, Uint8Array>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(block: number): void {
    const index = Math.floor(block / CHUNK_BLOCKS);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunks.set(index, chunk);
    }
    const at = (block % CHUNK_BLOCKS) >>> 3;
    chunk[at] = (chunk[at] ?? 0) | (1 << (block & 7));
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
    let block = from;
    while (block < this.capacity) {
      const chunk = this.#chunks.get(Math.floor(block / CHUNK_BLOCKS));
      const end = block - (block % CHUNK_BLOCKS) + CHUNK_BLOCKS;
      if (chunk !== undefined) block = nextIn(chunk, block, end, present);
      else if (present) block = end;
      if (block < end) break;
    }
    return Math.min(block, this.capacity);
  }
}

/** The first block from `from` on that is there, or not there; the end of the chunk if there is none. */
function nextIn(chunk: Uint8Array, from: number, end: number, present: boolean): number {
  const uniform = present ? 0 : FULL;
  for (let block = from; block < end; ) {
    const byte = chunk[(block % CHUNK_BLOCKS) >>> 3] ?? 0;
    if (((byte >>> (block & 7)) & 1) === Number(present)) return block;
    block += block % BITS === 0 && byte === uniform ? BITS : 1;
  }
  return end;
}
