/**
 * The size of a reply to BASE_BACKUP apart from its copy: tablespaces, notices, parameters. Consumers keep
 * what these messages say in memory, so a server must not send them without end.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { Frame } from '../../stream/frame.ts';

/** Enough for 10,000 tablespaces with the longest locations. */
const MAX_BYTES = 16 * 1024 * 1024;
const COPIED: ReadonlySet<Frame['type']> = new Set(['archive', 'data', 'progress', 'manifest']);

/** Adds up the frames of one reply. */
export class ReplySize {
  #bytes = 0;

  /** Throws TroubleError when there are too many bytes. */
  count({ type, wire }: Frame): void {
    if (COPIED.has(type) || wire === undefined) return;
    for (const bytes of wire) this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) {
      throw new TroubleError(`server sent more than ${MAX_BYTES} bytes besides the contents of the backup`);
    }
  }
}
