/** Passes bytes through a codec: a tar or a file, not a backup stream. */

import type { Codec } from './codec.ts';

/**
 * Gives what a codec makes of the chunks; each piece is valid until the next is asked for. The codec is opened when
 * the first chunk has come, so that the input is closed if that fails.
 */
export async function* convertBytes(
  chunks: AsyncIterable<Buffer>,
  open: () => Promise<Codec>,
): AsyncGenerator<Buffer, void, undefined> {
  let codec: Codec | undefined;
  try {
    for await (const chunk of chunks) {
      codec ??= await open();
      yield* codec.push(chunk);
    }
    codec ??= await open();
    yield* codec.end();
  } finally {
    codec?.close();
  }
}
