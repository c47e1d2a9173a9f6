/**
 * Bytes that come in pieces of any size, cut into blocks of one size: what is made of them must not depend on
 * the pieces, and they must outlive them, since work goes on when the bytes that were pushed are long gone.
 */

/** Gathers bytes into blocks. */
export class Blocks {
  readonly #fresh: () => Buffer;
  #block: Buffer;
  #filled = 0;

  /** The memory of each block is asked for when it begins, and is what makes the block's size. */
  constructor(fresh: () => Buffer) {
    this.#fresh = fresh;
    this.#block = fresh();
  }

  /** The blocks that these bytes complete. */
  *cut(bytes: Buffer): Generator<Buffer, void, undefined> {
    for (let position = 0; position < bytes.length; ) {
      const copied = bytes.copy(this.#block, this.#filled, position);
      position += copied;
      this.#filled += copied;
      if (this.#filled === this.#block.length) yield this.#next();
    }
  }

  /** What no full block has come of, perhaps nothing. No more bytes come. */
  rest(): Buffer {
    return this.#block.subarray(0, this.#filled);
  }

  #next(): Buffer {
    const block = this.#block;
    this.#block = this.#fresh();
    this.#filled = 0;
    return block;
  }
}

/** Memory for blocks that are done with when so many more have been asked for. */
export function ring(blockBytes: number, count: number): () => Buffer {
  const buffers: Buffer[] = [];
  let asked = 0;
  return () => {
    const index = asked++ % count;
    buffers[index] ??= Buffer.allocUnsafeSlow(blockBytes);
    return buffers[index];
  };
}

/** The same for blocks whose size changes now and then; each must be done with when it does. */
export function ringsBySize(count: number): (blockBytes: number) => Buffer {
  let bytes = 0;
  let next = ring(bytes, count);
  return (blockBytes) => {
    if (blockBytes !== bytes) next = ring(blockBytes, count);
    bytes = blockBytes;
    return next();
  };
}
