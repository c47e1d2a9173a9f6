/**
 * A backup to a directory with one file an archive and the manifest, byte for byte what `pg_basebackup -Ft`
 * writes: frames in, files out.
 *
 * Nothing in the directory looks complete before the backup is: its end must have been read, all bytes must
 * have reached the disk, and only then do the files get their names, the manifest last, as in
 * src/backend/backup/basebackup_server.c. If anything fails, what was created is removed.
 */

import { attempt } from '../errors/system-trouble.ts';
import { syncAll } from '../io/durable.ts';
import { TargetDirectory } from '../store/target-directory.ts';
import type { Frame } from '../stream/frame.ts';
import { BackupFiles, type FilesSummary } from './backup-files.ts';
import { receive } from './receive.ts';

/** How and where to write. */
export interface DirectoryOptions {
  /** Is made, or must be empty. */
  readonly directory: string;
  /** Whether to wait until all is on disk. */
  readonly sync: boolean;
  /** Whether to remove what was created if the backup fails. */
  readonly clean: boolean;
  readonly signal: AbortSignal;
  /** Is told what could not be cleaned up. */
  readonly warn: (complaint: string) => void;
  /** Is told what was removed. */
  readonly tell: (text: string) => void;
}

/**
 * Writes the backup to its end. Throws BackupError if it is not good, TroubleError if it cannot be written;
 * when `signal` fires, what it carries.
 */
export async function writeDirectory(
  frames: AsyncIterable<Frame>,
  options: DirectoryOptions,
): Promise<FilesSummary> {
  const target = TargetDirectory.open(options.directory);
  const files = new BackupFiles(target.path);
  try {
    await receive(frames, files);
    await finish(target, files, options);
    return files.summary();
  } catch (error) {
    files.abandon();
    if (options.clean) cleanUp(target, files, options);
    throw error;
  }
}

async function finish(
  target: TargetDirectory,
  files: BackupFiles,
  { sync, signal }: DirectoryOptions,
): Promise<void> {
  const settle = async (paths: Iterable<string>) => {
    if (sync) await syncAll(paths, signal);
    signal.throwIfAborted();
  };
  await settle(files.paths());
  files.putArchivesInPlace();
  await settle([target.path]);
  files.putManifestInPlace();
  await settle([target.path, ...target.holders]);
}

/** Whatever stands in its way is only reported: the failure that led here is the one to be known. */
function cleanUp(target: TargetDirectory, files: BackupFiles, { warn, tell }: DirectoryOptions): void {
  const removeTarget = () => attempt(`could not remove directory "${target.path}"`, () => target.remove());
  const removals = files.removals();
  let failed = false;
  for (const removal of [...removals, removeTarget]) {
    try {
      removal();
    } catch (error) {
      failed = true;
      warn((error as Error).message);
    }
  }
  if (!failed && removals.length > 0) tell(`removed ${target.removal}`);
}
