/**
 * Bytes that come in pieces of any size, cut into blocks of one size, so that the output does not depend on the pieces.
 * A block has memory of its own, since work on it goes on after the pieces are gone.
 */

/** Gathers bytes into blocks. */
export class Blocks {
  readonly #fresh: () => Buffer;
  #block: Buffer;
  #filled = 0;

  /** `fresh` gives the memory of the next block; its length is the size of the block. */
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

  /** The bytes after the last full block, perhaps none. No more bytes come. */
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

/** Memory for blocks, in a ring: a block's memory is used again after `count` more blocks. */
export function ring(blockBytes: number, count: number): () => Buffer {
  const buffers: Buffer[] = [];
  let asked = 0;
  return () => {
    const index = asked++ % count;
    buffers[index] ??= Buffer.allocUnsafeSlow(blockBytes);
    return buffers[index];
  };
}

/** The same for blocks whose size changes now and then. After a change, no block of the old size may be in use. */
export function ringsBySize(count: number): (blockBytes: number) => Buffer {
  let bytes = 0;
  let next = ring(bytes, count);
  return (blockBytes) => {
    if (blockBytes !== bytes) next = ring(blockBytes, count);
    bytes = blockBytes;
    return next();
  };
}
