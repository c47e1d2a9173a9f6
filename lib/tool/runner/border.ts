/**
 * The border between two stages. Between processes, a stage that fails writes an abort, which the next one reads: so it
 * is here. The failure is told in the name of the stage that failed, and goes on as the abort that it would have been.
 */

import { Readable } from 'node:stream';
import { AbortError } from '../../stream/abort.ts';
import { decode } from '../../stream/decode.ts';
import { encodeAbort } from '../../stream/encode.ts';
import type { Frame } from '../../stream/frame.ts';
import { InterruptedError } from '../../terminal/signals.ts';

/** Forwards frames. When they fail, tells of it, and throws the abort. An interruption concerns all stages alike. */
export async function* border(
  frames: AsyncIterable<Frame>,
  tell: (error: unknown) => void,
): AsyncGenerator<Frame, void, undefined> {
  try {
    yield* frames;
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    tell(error);
    throw await abortFor(error);
  }
}

/** What is read downstream of what is written upstream. */
async function abortFor(error: unknown): Promise<unknown> {
  try {
    for await (const _frame of decode(Readable.from(encodeAbort(error))));
  } catch (abort) {
    if (abort instanceof AbortError) return abort;
  }
  return error;
}
