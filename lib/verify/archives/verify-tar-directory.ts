/**
 * Verifies a backup in tar format, a place with base.tar, OID.tar, perhaps pg_wal.tar, and the manifest: archives
 * are read one after the other, as if they came in a stream (verify_tar_backup() in
 * src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION_FILE } from '../../postgres/data-directory.ts';
import { ArchiveFrames } from '../../source/stored/archive-frames.ts';
import { type ArchiveFile, listPlace } from '../../source/stored/archives.ts';
import { openPlace } from '../../store/open-place.ts';
import { isS3, type PlaceEntry } from '../../store/place.ts';
import { type ArchiveName, BASE_ARCHIVE, MANIFEST } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import type { FoundName } from '../records/found-backup.ts';
import { findManifest, gatherManifest } from '../records/manifest.ts';
import type {
  BackupFormat,
  BackupPaths,
  DirectoryRun,
  ReadListener,
  Verification,
} from '../shared/verification.ts';
import { verifyStream } from './verify-stream.ts';

/** base.tar begins with the label, which says where WAL and pages begin; WAL comes last. */
const ORDER: readonly ArchiveName['kind'][] = ['base', 'tablespace', 'wal'];

/** Whether a place holds tars, unless that is said: no data directory, but a base.tar. */
export function isTarDirectory(directory: string, format: BackupFormat | undefined): boolean {
  if (format !== undefined) return format === 'tar';
  if (isS3(directory)) return true;
  if (existsSync(join(directory, VERSION_FILE))) return false;
  return ['', '.gz', '.lz4', '.zst'].some((suffix) =>
    existsSync(join(directory, `${BASE_ARCHIVE}${suffix}`)),
  );
}

/** Verifies what is in the place. Throws BackupError for an archive that is damaged. */
export async function verifyTarDirectory(
  { directory, manifest: path, wal }: BackupPaths,
  { progress }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const { ignore, signal } = verification;
  const place = await openPlace(directory);
  const readStored = async () => (await place.file(MANIFEST, signal)).open(signal);
  const manifest =
    path === undefined
      ? await gatherManifest(await readStored(), verification)
      : findManifest(path, verification);
  if (manifest === undefined) return;
  const { archives, others } = await listPlace(place, signal);
  const wanted = archives.filter(({ name }) => !ignore.covers(name)).sort(byRank);
  const strays = others.filter(({ name }) => !ignore.covers(name)).map(strayOf);
  progress.begin(wanted.reduce((sum, { bytes }) => sum + bytes, 0));
  const verify = verifyStream({ algorithm: 'NONE', manifest, wal, strays }, verification);
  for await (const _frame of verify(readArchives(wanted, progress, signal)));
}

function byRank(one: ArchiveFile, other: ArchiveFile): number {
  return ORDER.indexOf(one.archive.kind) - ORDER.indexOf(other.archive.kind);
}

function strayOf({ name, file }: PlaceEntry): FoundName {
  const complaint = file !== undefined ? 'is not expected in a tar format backup' : 'is not a regular file';
  return { type: 'misplaced', path: name, complaint, archive: undefined };
}

/** Whatever archives there are, since a backup that is not whole is to be verified, too. */
async function* readArchives(
  archives: readonly ArchiveFile[],
  progress: ReadListener,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const reader = new ArchiveFrames(signal);
  for (const archive of archives)
    for await (const frame of reader.archive(archive, '')) {
      if (frame.type === 'data') progress.add(frame.bytes);
      yield frame;
    }
  await progress.end();
  yield { type: 'end' };
}
