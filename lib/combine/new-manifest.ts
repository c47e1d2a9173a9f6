/**
 * The manifest of what was combined: that of the newest backup, in which the files that were rebuilt have entries of
 * their own, with checksums of what was written. CRC-32Cs are joined from those of the parts; for other checksums the
 * files that were rebuilt are read again.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { attempt } from '../errors/system-trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { type ChecksumAlgorithm, checksumOf, createChecksum, formatCrc32c } from '../manifest/checksum.ts';
import { malformedManifest } from '../manifest/malformed-manifest.ts';
import { type NewEntry, rewriteManifest } from '../manifest/rewrite.ts';
import { BACKUP_LABEL } from '../postgres/data-directory.ts';
import { wholePath } from './incremental-path.ts';
import type { NewestBackup } from './newest-backup.ts';
import type { RebuiltFile } from './rebuilt-file.ts';

/** So many bytes go out together. */
const BATCH_BYTES = 256 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** The new manifest, in pieces, from the one of the newest backup. All files have been rebuilt. */
export async function* newManifest(
  manifest: Buffer,
  newest: NewestBackup,
  algorithm: ChecksumAlgorithm | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  let rebuilt = 0;
  const rewrite = (path: string, own: ChecksumAlgorithm): NewEntry | undefined => {
    const chosen = algorithm ?? own;
    if (path === BACKUP_LABEL) return entryOf(path, newest.label.written, chosen);
    const whole = wholePath(path);
    const file = newest.rebuilt.get(whole ?? path);
    if (whole === undefined || file === undefined) return newest.entries.get(path);
    rebuilt++;
    return { path: whole, size: file.length, algorithm: chosen, checksum: checksumFor(file, chosen) };
  };
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const line of rewriteManifest(manifest, rewrite)) {
    batch.push(line);
    bytes += line.length;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
    await letSignalsIn();
  }
  if (rebuilt !== newest.rebuilt.size) throw malformedManifest('it does not have a line for each file');
  yield Buffer.concat(batch);
}

function entryOf(path: string, contents: Buffer, algorithm: ChecksumAlgorithm): NewEntry {
  return { path, size: contents.length, algorithm, checksum: checksumOf(algorithm, contents) };
}

function checksumFor(file: RebuiltFile, algorithm: ChecksumAlgorithm): string {
  if (algorithm === 'NONE') return '';
  return algorithm === 'CRC32C' ? formatCrc32c(file.crc32c()) : readChecksum(file.path, algorithm);
}

function readChecksum(path: string, algorithm: ChecksumAlgorithm): string {
  const checksum = createChecksum(algorithm);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const fd = attempt(`could not open file "${path}"`, () => openSync(encodeName(path), 'r'));
  try {
    const read = () => attempt(`could not read file "${path}"`, () => readSync(fd, piece));
    for (let bytes = read(); bytes > 0; bytes = read()) checksum.update(piece.subarray(0, bytes));
  } finally {
    closeSync(fd);
  }
  return checksum.digest();
}
