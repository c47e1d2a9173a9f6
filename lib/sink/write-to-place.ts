/**
 * A backup to a place with one file an archive and the manifest, byte for byte what `pg_basebackup -Ft` writes: frames
 * in, files out.
 *
 * Nothing in the place looks complete before the backup is: its end must have been read. If anything fails, what was
 * created is removed.
 */

import type { Place, WriteOptions } from '../store/place.ts';
import type { Frame } from '../stream/frame.ts';
import { BackupFiles, type FilesSummary } from './backup-files.ts';
import { receive } from './receive.ts';

/** How to write. */
export interface PlaceOptions extends WriteOptions {
  /** Whether to remove what was created if the backup fails. */
  readonly clean: boolean;
  /** Is told what was removed. */
  readonly tell: (text: string) => void;
}

/**
 * Writes the backup to its end. Throws BackupError if it is not good, TroubleError if it cannot be written;
 * when `signal` fires, what it carries.
 */
export async function writeToPlace(
  frames: AsyncIterable<Frame>,
  place: Place,
  options: PlaceOptions,
): Promise<FilesSummary> {
  const backup = await place.create(options);
  const files = new BackupFiles(backup);
  try {
    await receive(frames, files);
    await backup.publish();
    return files.summary();
  } catch (error) {
    backup.abandon();
    const removed = options.clean ? await backup.remove() : undefined;
    if (removed !== undefined) options.tell(`removed ${removed}`);
    throw error;
  }
}
