/**
 * A backup to a receiver that makes files of it: each archive and the manifest begin and end, and their contents come
 * between. The receiver has all of it only when this is done, for the end of the backup has been read by then.
 */

import { BackupError } from '../errors/backup-error.ts';
import { CUT_SHORT } from '../stream/decode.ts';
import type { ArchiveFrame, BackupHead, Frame } from '../stream/frame.ts';

/** Takes a backup piece by piece, each when the one before is done. */
export interface Receiver {
  /** What a stream says of the backup before its archives; a tar says nothing. */
  begin?(head: BackupHead): void;
  /** An archive begins, or pg_wal.tar is resumed. */
  beginArchive(frame: ArchiveFrame): void | Promise<void>;
  endArchive(name: string): void | Promise<void>;
  beginManifest(): void | Promise<void>;
  endManifest(): void | Promise<void>;
  /** Contents of what was begun last, valid until it is done with them. */
  push(parts: readonly Buffer[]): void | Promise<void>;
}

/**
 * Hands the whole backup over, and returns how many bytes its archives and manifest have. Throws BackupError if the
 * end does not come, and what the frames and the receiver throw.
 */
export async function receive(frames: AsyncIterable<Frame>, receiver: Receiver): Promise<number> {
  let bytes = 0;
  let ended = false;
  for await (const frame of frames) {
    switch (frame.type) {
      case 'copy':
        receiver.begin?.(frame.head);
        break;
      case 'archive':
        await receiver.beginArchive(frame);
        break;
      case 'archive-end':
        await receiver.endArchive(frame.name);
        break;
      case 'manifest':
        await receiver.beginManifest();
        break;
      case 'manifest-end':
        await receiver.endManifest();
        break;
      case 'data':
        await receiver.push(frame.parts);
        bytes += frame.bytes;
        break;
      case 'end':
        ended = true;
        break;
      default: // says nothing about files
    }
  }
  if (!ended) throw new BackupError(CUT_SHORT);
  return bytes;
}
