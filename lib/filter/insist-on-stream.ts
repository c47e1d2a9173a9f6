/** A tar says too little to make a backup stream of it. */

import { TroubleError } from '../errors/trouble.ts';
import type { Filter } from '../stream/frame.ts';

/** Forwards the frames of a stream. Throws TroubleError for those of a tar, with these words after "could not pass on". */
export function insistOnStream(remark: string): Filter {
  return async function* (frames) {
    let begun = false;
    for await (const frame of frames) {
      if (frame.type === 'archive' && !begun) throw new TroubleError(`could not pass on a tar: ${remark}`);
      begun = true;
      yield frame;
    }
  };
}
