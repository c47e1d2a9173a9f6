/**
 * The manifest of a directory to which a backup was applied: that of the backup, in which files of which it has some
 * blocks are the whole ones. Their checksums are known from the writing, or from before for those that are the same;
 * for other algorithms the files are read again.
 */

import { type ChecksumAlgorithm, checksumOf } from '../../manifest/checksum.ts';
import type { FileTable } from '../../manifest/file-table.ts';
import { malformedManifest } from '../../manifest/malformed-manifest.ts';
import { inBatches, type NewEntry, rewriteManifest } from '../../manifest/rewrite.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import { wholePath } from '../incremental-path.ts';
import { type ChangedFile, DamagedPredecessorError } from './changed-file.ts';
import { checksumOfFile } from './file-pieces.ts';

/** What is known of the files. */
export interface AppliedFiles {
  readonly directory: string;
  /** The label as it is written. */
  readonly label: Buffer;
  readonly changed: ReadonlyMap<string, ChangedFile>;
  /** What the directory's manifest had before. */
  readonly before: FileTable;
}

/** The new manifest, in pieces, from that of the backup. */
export function* appliedManifest(
  manifest: Buffer,
  applied: AppliedFiles,
): Generator<Buffer, void, undefined> {
  let changed = 0;
  const rewrite = (path: string, algorithm: ChecksumAlgorithm): NewEntry | undefined => {
    if (path === BACKUP_LABEL) {
      const { label } = applied;
      return { path, size: label.length, algorithm, checksum: checksumOf(algorithm, label) };
    }
    const whole = wholePath(path);
    const file = applied.changed.get(whole ?? '');
    if (whole === undefined || file === undefined) return undefined;
    changed++;
    return {
      path: whole,
      size: file.length,
      algorithm,
      checksum: checksumFor(whole, file, algorithm, applied),
    };
  };
  const lines = function* (): Generator<Buffer, void, undefined> {
    yield* rewriteManifest(manifest, rewrite);
    if (changed !== applied.changed.size) throw malformedManifest('it does not have a line for each file');
  };
  yield* inBatches(lines());
}

function checksumFor(
  path: string,
  { crc32c }: ChangedFile,
  algorithm: ChecksumAlgorithm,
  { directory, before }: AppliedFiles,
): string {
  if (algorithm === 'NONE') return '';
  const entry = before.get(path);
  if (crc32c === undefined && entry?.algorithm === algorithm) return entry.checksum;
  if (crc32c !== undefined && algorithm === 'CRC32C') return crc32c;
  const full = `${directory}/${path}`;
  // Nobody has read a file that stays as it is.
  if (crc32c === undefined && entry !== undefined && checksumOfFile(full, entry.algorithm) !== entry.checksum)
    throw new DamagedPredecessorError(full);
  return checksumOfFile(full, algorithm);
}
