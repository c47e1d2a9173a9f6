/** What a backup holds, however its WAL is interleaved with the rest: two backups are the same if this is. */

import type { Frame } from '../../../lib/backup/frame.ts';
import { joinData } from '../../support/gather.ts';

/** The parts of a backup. */
export interface Arranged {
  /** All frames but those of WAL, contents joined. */
  readonly frames: Frame[];
  /** Undefined if there is no pg_wal.tar, be it empty. */
  readonly wal: { readonly name: string; readonly contents: Buffer } | undefined;
}

/** Takes a backup apart. Progress reports stay where they are. */
export function arrange(all: readonly Frame[]): Arranged {
  const frames: Frame[] = [];
  const contents: Buffer[] = [];
  let name: string | undefined;
  let inWal = false;
  for (const frame of all) {
    if (frame.type === 'archive') inWal = frame.name.startsWith('pg_wal');
    else if (frame.type === 'manifest') inWal = false;
    if (inWal && frame.type === 'archive') name = frame.name;
    else if (inWal && frame.type === 'data') contents.push(...frame.parts);
    else frames.push(frame);
  }
  return {
    frames: joinData(frames).filter(
      ({ type, ...rest }) => type !== 'data' || (rest as { bytes: number }).bytes > 0,
    ),
    wal: name === undefined ? undefined : { name, contents: Buffer.concat(contents) },
  };
}
