/**
 * The end of a filter: frames to bytes on standard output. Whatever goes wrong upstream is passed on as an
 * abort, so that no tool further down takes what came so far for a backup.
 */

import type { Output } from '../io/output.ts';
import { encode, encodeAbort } from '../stream/encode.ts';
import type { Frame } from '../stream/frame.ts';

/** Writes the stream to its end. When the frames fail, writes an abort and throws what they threw. */
export async function writeStream(frames: AsyncIterable<Frame>, output: Output): Promise<void> {
  try {
    for await (const frame of frames) {
      const bytes = encode(frame);
      if (bytes.length > 0) await output.write(bytes);
    }
  } catch (error) {
    // If even the abort cannot be written, the stream is cut, which is as bad a sign.
    if (!output.broken) await output.write(encodeAbort(error)).catch(() => {});
    throw error;
  }
}
