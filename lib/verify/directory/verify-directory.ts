/** Verifies a backup in plain format, a data directory: its manifest is read first, then what it says is looked for. */

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { attempt } from '../../errors/system-trouble.ts';
import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import { judgeBackup } from '../judge/judge-backup.ts';
import { NameJudge } from '../judge/names.ts';
import { findManifest } from '../records/manifest.ts';
import type { BackupPaths, DirectoryRun, Verification } from '../shared/verification.ts';
import { StoredWal } from '../wal/stored-wal.ts';
import { ReadingThreads } from './reading-threads.ts';
import { TreeBackup } from './tree-backup.ts';
import { namesBelow } from './tree-names.ts';
import { isUsed } from './used-directory.ts';

/** Below this one thread is done before others have started. */
const THREADS_FROM_BYTES = 256 * 1024 * 1024;
/** More have found no faster memory yet. */
const MOST_THREADS = 4;

/** Verifies the directory. If the manifest is damaged, nothing can be compared. */
export async function verifyDirectory(
  { directory, manifest: path, wal }: BackupPaths,
  { progress, jobs }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const manifest = findManifest(path ?? join(directory, MANIFEST), verification);
  if (manifest === undefined) return;
  attempt(`could not open directory "${directory}"`, () => readdirSync(directory));
  if (isUsed(directory, manifest, verification)) return;
  // They start while the names are compared.
  const threads = startThreads(manifest.files.bytes, jobs, verification);
  const found = new StoredWal(wal ?? join(directory, WAL_DIRECTORY));
  try {
    const backup = new TreeBackup(directory, found, { progress, threads }, verification);
    const names = new NameJudge(manifest, verification);
    for (const found of namesBelow(directory, verification.ignore)) names.found(found);
    await judgeBackup(backup, names, manifest, verification);
  } finally {
    await threads?.close();
  }
}

/** Threads that read files of that many bytes, if they are worth it. */
function startThreads(
  bytes: number,
  jobs: number | undefined,
  { skipChecksums, pages }: Verification,
): ReadingThreads | undefined {
  if (skipChecksums && pages !== 'insist') return undefined;
  const count = jobs ?? (bytes < THREADS_FROM_BYTES ? 1 : Math.min(availableParallelism(), MOST_THREADS));
  return count === 1 ? undefined : new ReadingThreads(count);
}
