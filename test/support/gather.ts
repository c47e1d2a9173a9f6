/**
 * Gathers the frames of a decoder or filter for comparison: copied at once, since their buffers are reused; without
 * their wire bytes; and with adjacent contents joined, since those may be cut anywhere.
 */

import { encode } from '../../lib/stream/encode.ts';
import type { DataFrame, Frame } from '../../lib/stream/frame.ts';
import { lifeCycle } from './life-cycle.ts';

/** All frames, up to the end or the error. */
export interface Gathered {
  readonly frames: Frame[];
  /** The bytes of the frames on the wire. */
  readonly bytes: Buffer;
  readonly error: unknown;
}

/** Reads frames to their end or to the first error, which is returned, not thrown. Their life cycle must be right. */
export async function gather(source: AsyncIterable<Frame>): Promise<Gathered> {
  const frames: Frame[] = [];
  const pieces: Buffer[] = [];
  const all = (error: unknown): Gathered => ({
    frames: joinData(frames),
    bytes: Buffer.concat(pieces),
    error,
  });
  try {
    for await (const frame of lifeCycle(source)) {
      pieces.push(Buffer.concat(encode(frame)));
      frames.push(bare(frame));
    }
    return all(undefined);
  } catch (error) {
    return all(error);
  }
}

/** The frame without its wire bytes, and with a copy of its contents in one piece. */
function bare(frame: Frame): Frame {
  const { wire: _, ...rest } = frame;
  return rest.type === 'data' ? oneData(rest.parts) : (rest as Frame);
}

/** The frames, with adjacent contents joined. */
export function joinData(frames: readonly Frame[]): Frame[] {
  const joined: Frame[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    if (frame.type === 'data' && last?.type === 'data') {
      joined[joined.length - 1] = oneData([...last.parts, ...frame.parts]);
    } else joined.push(frame);
  }
  return joined;
}

function oneData(parts: readonly Buffer[]): DataFrame {
  const part = Buffer.concat(parts);
  return { type: 'data', parts: [part], bytes: part.length };
}
