/**
 * What precedes the archives in a backup stream, held back: frames in, the same frames out when all of them are there.
 * Their number and size are limited, since notices may be endless.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Frame } from '../stream/frame.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** Roughly what a frame takes in memory, its bytes apart. */
const FRAME_BYTES = 512;

/** Frames with bytes of their own. */
export class HeldFrames {
  #frames: Frame[] = [];
  #bytes = 0;

  /** Takes a frame, which is lent. Throws BackupError if there are too many. */
  add(frame: Frame): void {
    const wire = frame.wire?.map((bytes) => Buffer.from(bytes));
    this.#frames.push(wire === undefined ? frame : { ...frame, wire });
    this.#bytes += (wire ?? []).reduce((sum, { length }) => sum + length, FRAME_BYTES);
    if (this.#bytes > MAX_BYTES) {
      throw new BackupError(`more than ${MAX_BYTES} bytes stand before the first archive`);
    }
  }

  /** All of them, which are held no longer. */
  release(): readonly Frame[] {
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
