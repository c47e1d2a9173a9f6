/**
 * A limit on how fast contents go out: frames in, the same frames out, later. As the server does (basebackup_throttle.c),
 * contents are counted in samples of an eighth of a second's worth, and each sample takes its eighth of a second.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { DataFrame, Filter } from '../../stream/frame.ts';

const SAMPLES_PER_SECOND = 8;
/** What the server sends at a time. */
const LEAST_SAMPLE_BYTES = 32 * 1024;

/** Lets this many kilobytes a second pass. Throws the signal's reason when it fires. */
export function throttle(kilobytesPerSecond: number, signal: AbortSignal): Filter {
  const bytesPerMs = (kilobytesPerSecond * 1024) / 1000;
  const sample = Math.max((kilobytesPerSecond * 1024) / SAMPLES_PER_SECOND, LEAST_SAMPLE_BYTES);
  return async function* (frames) {
    let due = performance.now();
    for await (const frame of frames) {
      if (frame.type !== 'data') {
        yield frame;
        continue;
      }
      for (const piece of piecesOf(frame, Math.floor(sample))) {
        yield piece;
        // Time that was lost is not made up for: the limit holds at any moment.
        due = Math.max(due, performance.now() - 1000 / SAMPLES_PER_SECOND) + piece.bytes / bytesPerMs;
        const wait = due - performance.now();
        if (wait >= 1) await pause(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  };
}

function* piecesOf({ parts }: DataFrame, most: number): Generator<DataFrame, void, undefined> {
  for (const part of parts)
    for (let at = 0; at < part.length; at += most) {
      const piece = part.subarray(at, at + most);
      yield { type: 'data', parts: [piece], bytes: piece.length };
    }
}
