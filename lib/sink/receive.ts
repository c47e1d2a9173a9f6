/**
 * A backup to whoever makes files of it: each archive and the manifest are begun, and their contents follow. Who
 * takes it has it all only when this is done, for the end of the backup has been read by then.
 */

import type { ArchiveFrame, Frame, TablespaceFrame } from '../stream/frame.ts';
import { toTheEnd } from '../stream/to-the-end.ts';

/** Takes a backup piece by piece, each when the one before is done. */
export interface Receiver {
  /** A row of the tablespace list; all come before the first archive. */
  listTablespace?(frame: TablespaceFrame): void;
  /** An archive begins, or pg_wal.tar goes on. */
  beginArchive(frame: ArchiveFrame): void | Promise<void>;
  beginManifest(): void | Promise<void>;
  /** Contents of what was begun last, valid until it is done with them. */
  write(parts: readonly Buffer[]): void | Promise<void>;
}

/**
 * Hands all of the backup over, and returns how many bytes its archives and manifest have. Throws BackupError if the end
 * does not come, and what the frames and the receiver throw.
 */
export async function receive(frames: AsyncIterable<Frame>, receiver: Receiver): Promise<number> {
  let bytes = 0;
  for await (const frame of toTheEnd(frames)) {
    switch (frame.type) {
      case 'tablespace':
        receiver.listTablespace?.(frame);
        break;
      case 'archive':
        await receiver.beginArchive(frame);
        break;
      case 'manifest':
        await receiver.beginManifest();
        break;
      case 'data':
        await receiver.write(frame.parts);
        bytes += frame.bytes;
        break;
      default: // says nothing about files
    }
  }
  return bytes;
}
