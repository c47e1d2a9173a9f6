/**
 * What a backup holds, wherever in an archive reports of progress and notices stand, and however its WAL is
 * interleaved with the rest: two backups are the same if this is.
 */

import type { Frame } from '../../../lib/stream/frame.ts';

/** The parts of a backup. */
export interface Arranged {
  /** All frames but those of contents and of WAL. */
  readonly frames: readonly Frame[];
  /** Of each archive, and of the manifest as "". */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** Takes a backup apart. */
export function arrange(all: readonly Frame[]): Arranged {
  const frames: Frame[] = [];
  const contents = new Map<string, Buffer>();
  let name = '';
  for (const frame of all) {
    if (frame.type === 'archive') name = frame.name;
    else if (frame.type === 'manifest') name = '';
    const before = contents.get(name) ?? Buffer.alloc(0);
    if (frame.type === 'archive' || frame.type === 'manifest') contents.set(name, before);
    if (frame.type === 'data') contents.set(name, Buffer.concat([before, ...frame.parts]));
    else if (frame.type !== 'archive' || !name.startsWith('pg_wal')) frames.push(frame);
  }
  return { frames, contents };
}
