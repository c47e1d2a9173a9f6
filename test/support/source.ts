/** Sources for readers and filters. */

/** The items, one after the other. */
export async function* oneByOne<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

/** The same chunk again and again, until the reader closes it. */
export class Endless implements AsyncIterable<Buffer> {
  readonly #chunk: Buffer;
  #closed = false;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  /** Whether the reader has closed it. */
  get closed(): boolean {
    return this.#closed;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) yield this.#chunk;
    } finally {
      this.#closed = true;
    }
  }
}
