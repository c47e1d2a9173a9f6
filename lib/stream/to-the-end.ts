/** Insists on the end: who writes or reports anything final must have seen it, wherever the frames come from. */

import { BackupError } from '../errors/backup-error.ts';
import { CUT_SHORT } from './decode.ts';
import type { Frame } from './frame.ts';

/** Forwards all frames. Throws BackupError if the end of the backup is not among them. */
export async function* toTheEnd(frames: AsyncIterable<Frame>): AsyncGenerator<Frame, void, undefined> {
  let ended = false;
  for await (const frame of frames) {
    ended ||= frame.type === 'end';
    yield frame;
  }
  if (!ended) throw new BackupError(CUT_SHORT);
}
