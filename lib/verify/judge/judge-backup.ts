/**
 * Judges a backup: what a reader found of it, and the manifest, in; findings and statistics out. The order is that of
 * pg_verifybackup (main() in src/bin/pg_verifybackup/pg_verifybackup.c): names and sizes, so that plain problems are
 * told before any file is read, then what the backup says of itself, then contents, then WAL.
 */

import { backupEnd, backupStart } from '../../manifest/wal-ranges.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { FoundBackup } from '../records/found-backup.ts';
import type { Manifest } from '../records/manifest.ts';
import type { Verification } from '../shared/verification.ts';
import { judgeControlFiles } from './control-file-check.ts';
import { ContentsJudge } from './file-contents.ts';
import type { JudgedNames, NameJudge } from './names.ts';
import { pageScope } from './page-obstacles.ts';
import { parseControlFiles } from './parsed-control-files.ts';
import { judgeDirectories } from './required-directories.ts';
import { judgeWal } from './required-wal.ts';
import { judgeStatement } from './stream-statement.ts';
import { judgeTablespaces } from './tablespace-locations.ts';

/** Compares everything; all names have been found. Throws TroubleError if what is insisted on cannot be checked. */
export async function judgeBackup(
  backup: FoundBackup,
  names: NameJudge,
  manifest: Manifest,
  verification: Verification,
): Promise<void> {
  const { newerVersion } = manifest;
  if (newerVersion !== undefined) verification.statistics.skipNewer(MANIFEST, newerVersion);
  names.end(manifest);
  judgeDirectories(names.directories, verification);
  const records = backup.controlFiles();
  const files = parseControlFiles(records, verification);
  judgeControlFiles(records, files, manifest, verification);
  if (backup.stream !== undefined) judgeStatement(backup.stream, files, manifest, verification);
  judgeTablespaces(files, names, backup.tablespaceArchives, verification);
  await judgeBytes(backup, manifest, files, names, verification);
}

/** Contents and WAL. */
async function judgeBytes(
  backup: FoundBackup,
  manifest: Manifest,
  files: ControlFiles,
  names: JudgedNames,
  verification: Verification,
): Promise<void> {
  const { ranges } = manifest;
  const wal = () => judgeWal(ranges, backup.wal, files, verification);
  // Only where data checksums may be switched does WAL say whether pages are to have them.
  const switches = files.control?.switchesChecksums === true ? await wal() : undefined;
  const start = (files.label ?? backupStart(ranges))?.start;
  const pages = pageScope(files.control, start, switches ?? 'none', verification);
  const contents = new ContentsJudge(names, backupEnd(ranges)?.end, verification);
  await backup.contents(names, pages, (found) => contents.take(found));
  contents.end();
  const { statistics, skipChecksums } = verification;
  if (skipChecksums) statistics.skip('checksums of files', 'not wanted');
  else statistics.skipFiles('checksums', manifest.files.withoutChecksum, 'the manifest has none');
  if (switches === undefined) await wal();
}
