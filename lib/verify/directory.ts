/**
 * Verifies a backup in plain format, a data directory, in the order of pg_verifybackup: the manifest, the set of files
 * and their sizes, then their contents, then WAL. What the small files say of the backup is compared as soon as it can be.
 */

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MANIFEST } from '../backup/archive.ts';
import { attempt } from '../io/system-trouble.ts';
import { type ContentsOptions, checkContents } from './check-contents.ts';
import { checkTree } from './check-tree.ts';
import { checkWal } from './check-wal.ts';
import { backupEnd, backupStart, checkFacts, FACT_FILES, type Facts, readFacts } from './facts.ts';
import { type Manifest, readManifestFile } from './manifest.ts';
import { pageScope } from './page-scope.ts';
import type { ReadProgress } from './read-progress.ts';
import { ReadingThreads } from './reading-threads.ts';
import { checkDirectories } from './required-directories.ts';
import type { Verification } from './verification.ts';

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
  readonly progress: ReadProgress;
  /** How many threads read a data directory, if the user has a wish. */
  readonly jobs: number | undefined;
}

/** Below this one thread is done before others have started. */
const THREADS_FROM_BYTES = 256 * 1024 * 1024;
/** More have found no faster memory yet. */
const MOST_THREADS = 4;

/** Far more than the files of facts ever have. */
const MAX_FACT_BYTES = 16 * 1024 * 1024;

/** Verifies the directory. Throws BackupError if the manifest is not good, for then nothing can be compared. */
export async function verifyDirectory(
  places: Places,
  { progress, jobs }: DirectoryRun,
  verification: Verification,
): Promise<void> {
  const manifest = readManifestFile(places.manifest ?? join(places.directory, MANIFEST));
  attempt(`could not open directory "${places.directory}"`, () => readdirSync(places.directory));
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
  const files = checkTree(directory, manifest, verification);
  checkDirectories((path) => isThere(join(directory, path)), verification);
  const facts = readFacts(readFactFiles(directory, verification), verification);
  checkFacts(facts, manifest, verification);
  checkTablespaces(facts, directory, verification);
  const start = facts.label ?? backupStart(manifest.ranges);
  const pages = pageScope(facts.control, start?.start, verification);
  const options = { pages, backupEnd: backupEnd(manifest.ranges)?.end, ...run };
  await checkContents(manifest, files, options, verification);
  if (verification.skipChecksums) account.skip('checksums of files', 'not wanted');
  else account.skipFiles('checksums', manifest.files.withoutChecksum, 'the manifest has none');
  await checkWal(manifest.ranges, wal ?? join(directory, 'pg_wal'), facts, verification);
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

function readFactFiles(directory: string, { ignore }: Verification): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const path of FACT_FILES) {
    if (ignore.covers(path)) continue;
    try {
      const full = join(directory, path);
      if (statSync(full).size <= MAX_FACT_BYTES) files.set(path, readFileSync(full));
    } catch {
      // Not there, or not to be read: the tree and the checksums tell of it.
    }
  }
  return files;
}

/** Each tablespace of the map must have its directory, even if it has no files. */
function checkTablespaces({ tablespaces }: Facts, directory: string, verification: Verification): void {
  if (tablespaces === undefined) return;
  verification.account.parts.push('tablespace_map');
  for (const [oid, location] of tablespaces) {
    const path = `pg_tblspc/${oid}`;
    if (verification.ignore.covers(path)) continue;
    if (isThere(join(directory, path))) {
      // A server that starts here makes the links anew, from the map.
      if (!isLinkTo(join(directory, path), location))
        verification.account.skip(
          `tablespace ${oid}`,
          '"tablespace_map" leads to another place than "pg_tblspc"',
        );
    } else {
      const message = `"${path}" is present in "tablespace_map" but not on disk`;
      verification.findings.add({ check: 'tablespace', path, message });
    }
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isLinkTo(path: string, location: string): boolean {
  try {
    return readlinkSync(path) === location;
  } catch {
    return false;
  }
}
