/**
 * Verifies a backup in plain format, a data directory, in the order of pg_verifybackup: the manifest, the set of files
 * and their sizes, then their contents, then WAL. What the small files say of the backup is compared as soon as it can be.
 */

import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { backupEnd, backupStart } from '../manifest/wal-ranges.ts';
import { WAL_DIRECTORY } from '../postgres/data-directory.ts';
import { MANIFEST } from '../stream/archive-name.ts';
import { type ContentsOptions, checkContents } from './check-contents.ts';
import { checkTablespaces } from './check-tablespaces.ts';
import { checkTree } from './check-tree.ts';
import { checkWal } from './check-wal.ts';
import { readFactFiles } from './fact-files.ts';
import { checkFacts, readFacts } from './facts.ts';
import { type Manifest, readManifestFile } from './manifest.ts';
import { pageScope } from './page-scope.ts';
import { ReadingThreads } from './reading-threads.ts';
import { checkDirectories } from './required-directories.ts';
import { isUsed } from './used-directory.ts';
import type { ReadListener, Verification } from './verification.ts';

/** The formats of pg_basebackup. */
export type BackupFormat = 'plain' | 'tar';

/** Where things are, if not where they usually are. */
export interface Places {
  readonly directory: string;
  readonly manifest: string | undefined;
  readonly wal: string | undefined;
}

/** How a directory is read. */
export interface DirectoryRun {
  readonly progress: ReadListener;
  /** How many threads read a data directory, if the user has a wish. */
  readonly jobs: number | undefined;
}

/** Below this one thread is done before others have started. */
const THREADS_FROM_BYTES = 256 * 1024 * 1024;
/** More have found no faster memory yet. */
const MOST_THREADS = 4;

/** Verifies the directory. Throws BackupError if the manifest is not good, for then nothing can be compared. */
export async function verifyDirectory(
  places: Places,
  { progress, jobs }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const manifest = readManifestFile(places.manifest ?? join(places.directory, MANIFEST));
  attempt(`could not open directory "${places.directory}"`, () => readdirSync(places.directory));
  if (isUsed(places.directory, manifest, verification)) return;
  const threads = startThreads(manifest.files.bytes, jobs, verification);
  try {
    await verifyFiles(places, manifest, { progress, threads }, verification);
  } finally {
    await threads?.close();
  }
}

async function verifyFiles(
  { directory, wal }: Places,
  manifest: Manifest,
  run: Pick<ContentsOptions, 'progress' | 'threads'>,
  verification: Verification,
): Promise<void> {
  const { account } = verification;
  manifest.noteVersion(verification);
  const files = checkTree(directory, manifest, verification);
  checkDirectories((path) => isThere(join(directory, path)), verification);
  const factFiles = readFactFiles(directory, verification.ignore);
  const facts = readFacts(factFiles, verification);
  checkFacts(factFiles, facts, manifest, verification);
  checkTablespaces(facts, directory, verification);
  const start = facts.label ?? backupStart(manifest.ranges);
  const verifyWal = () =>
    checkWal(manifest.ranges, wal ?? join(directory, WAL_DIRECTORY), facts, verification);
  // Only where data checksums may be switched does WAL say whether pages are to have them.
  const switches = facts.control?.switchesChecksums === true ? await verifyWal() : undefined;
  const pages = pageScope(facts.control, start?.start, switches ?? 'none', verification);
  const options = { pages, backupEnd: backupEnd(manifest.ranges)?.end, ...run };
  await checkContents(manifest, files, options, verification);
  if (verification.skipChecksums) account.skip('checksums of files', 'not wanted');
  else account.skipFiles('checksums', manifest.files.withoutChecksum, 'the manifest has none');
  if (switches === undefined) await verifyWal();
}

/** Threads for files of so many bytes, if they are worth it. */
function startThreads(
  bytes: number,
  jobs: number | undefined,
  { skipChecksums, pages }: Verification,
): ReadingThreads | undefined {
  if (skipChecksums && pages !== 'insist') return undefined;
  const count = jobs ?? (bytes < THREADS_FROM_BYTES ? 1 : Math.min(availableParallelism(), MOST_THREADS));
  return count === 1 ? undefined : new ReadingThreads(count);
}

function isThere(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
