/**
 * A look at the first bytes of an input, which tell what it is: they are read, and put back. No more is waited
 * for than is needed, since an input may pause behind its first bytes.
 */

/** What an input is, and all of it. */
export interface Recognised<Form> {
  /** Undefined if it ended before it could be told. */
  readonly form: Form | undefined;
  /** The first bytes again, and what follows upon them; must be read, be it in part, for the input to be closed. */
  readonly whole: AsyncGenerator<Buffer, void, undefined>;
}

/** Reads until `recognise` has an answer to the first bytes, which are all that there are if `ended`. */
export async function recogniseHead<Form>(
  chunks: AsyncIterable<Buffer>,
  recognise: (head: Buffer, ended: boolean) => Form | undefined,
): Promise<Recognised<Form>> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done = false, value } = await iterator.next();
    if (!done) head = head.length === 0 ? (value as Buffer) : Buffer.concat([head, value as Buffer]);
    const form = recognise(head, done);
    if (done || form !== undefined) return { form, whole: rejoin(head, iterator) };
    head = Buffer.from(head); // the next chunk may overwrite this one
  }
}

async function* rejoin(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    // Nobody else does, if the consumer gives up early.
    await rest.return?.();
  }
}
