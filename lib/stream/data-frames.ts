/** Contents that were edited as frames again: bytes in, data frames out, none longer than a message may be. */

import type { DataFrame } from './frame.ts';

/** Longest frame that is made; messages may be longer, but then what reads them needs more memory. */
const MAX_FRAME_BYTES = 1024 * 1024;

/** The frames for these bytes, which are not copied; none for none. */
export function* dataFrames(pieces: Iterable<Buffer>): Generator<DataFrame, void, undefined> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (let piece of pieces) {
    for (let room = MAX_FRAME_BYTES - bytes; piece.length >= room; room = MAX_FRAME_BYTES) {
      yield { type: 'data', parts: [...parts, piece.subarray(0, room)], bytes: MAX_FRAME_BYTES };
      parts = [];
      bytes = 0;
      piece = piece.subarray(room);
    }
    if (piece.length > 0) parts.push(piece);
    bytes += piece.length;
  }
  if (bytes > 0) yield { type: 'data', parts, bytes };
}
