/** The end of a test: what has come is good, and is dropped. */

/** Reads to the end. Throws what the reading throws. */
export async function discard(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}
