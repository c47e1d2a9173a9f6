/**
 * A look at the first bytes of an input, which tell what it is: they are read, and put back. It waits for no more bytes
 * than are needed, since an input may pause after its first bytes.
 */

/** The form of an input, and the whole input. */
export interface Recognised<Form> {
  /** Undefined if it ended before it could be told. */
  readonly form: Form | undefined;
  /** The first bytes again, and all that follow. Closing this closes the input. */
  readonly whole: AsyncIterableIterator<Buffer>;
}

/** Reads until `recognise` has an answer to the first bytes, which are all that there are if `ended`. */
export async function recogniseHead<Form>(
  chunks: AsyncIterable<Buffer>,
  recognise: (head: Buffer, ended: boolean) => Form | undefined,
): Promise<Recognised<Form>> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const next = await iterator.next();
    if (next.done !== true) head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
    const ended = next.done === true;
    const form = recognise(head, ended);
    if (ended || form !== undefined) return { form, whole: rejoin(head, iterator) };
    head = Buffer.from(head); // the next chunk may overwrite this one
  }
}

/** Closed even if nothing of it was read, as a generator would not be. */
function rejoin(head: Buffer, rest: AsyncIterator<Buffer>): AsyncIterableIterator<Buffer> {
  let first = head.length > 0 ? head : undefined;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const value = first;
      first = undefined;
      return value === undefined ? await rest.next() : { done: false, value };
    },
    async return() {
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
}
