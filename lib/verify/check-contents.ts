/**
 * Reads the files of a directory and compares their checksums with the manifest's, in its order, and their pages
 * with their own (verify_backup_checksums() in src/bin/pg_verifybackup/pg_verifybackup.c), with several threads if
 * that is worth their start.
 */

import { setImmediate as pause } from 'node:timers/promises';
import type { ManifestFile } from '../manifest/values.ts';
import { PageChecker, type PageRules } from '../page/page-checker.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { FilesOnDisk } from './check-tree.ts';
import { joinParts, partsOf, type Wanted } from './file-parts.ts';
import { type FilePart, FileReader, type PartContents } from './file-reader.ts';
import type { Manifest } from './manifest.ts';
import { reportPages } from './page-findings.ts';
import { INCREMENTAL, type PageScope } from './page-scope.ts';
import type { ReadingThreads } from './reading-threads.ts';
import type { ReadListener, Verification } from './verification.ts';

/** How long signals may wait for the end of what is done synchronously. */
const TURN_MS = 50;

/** What the check needs to know besides. */
export interface ContentsOptions {
  /** Undefined if pages are not to be checked. */
  readonly pages: PageScope | undefined;
  readonly backupEnd: Lsn | undefined;
  readonly progress: ReadListener;
  /** Undefined if this thread is to read. */
  readonly threads: ReadingThreads | undefined;
}

/** Checks the files that are there and have the right size. */
export async function checkContents(
  manifest: Manifest,
  files: FilesOnDisk,
  { pages, backupEnd, progress, threads }: ContentsOptions,
  verification: Verification,
): Promise<void> {
  const todo = [...wantedOf(manifest, files, pages, verification.skipChecksums)];
  verification.account.skipFiles('pages', pages?.incremental ?? 0, INCREMENTAL);
  progress.begin(todo.reduce((sum, { file }) => sum + file.size, 0));
  const results = readAll(todo, threads, pages?.rules);
  try {
    for (const wanted of todo) {
      verification.signal.throwIfAborted();
      const contents = await nextFile(wanted, results, progress);
      compare(wanted, contents, backupEnd, verification);
    }
  } finally {
    await results.return(undefined);
  }
  await progress.end();
}

function* wantedOf(
  manifest: Manifest,
  files: FilesOnDisk,
  pages: PageScope | undefined,
  skipChecksums: boolean,
): Generator<Wanted> {
  const blockBytes = pages?.rules.blockBytes ?? 1;
  for (const file of manifest.files.values()) {
    const full = files.get(file);
    if (full === undefined) continue;
    const checksum = !skipChecksums && file.algorithm !== 'NONE';
    const firstBlock = pages?.firstBlock(file.path);
    if (checksum || firstBlock !== undefined) yield { file, full, checksum, firstBlock, blockBytes };
  }
}

/** What is in the parts of all files, in order. */
function readAll(
  todo: readonly Wanted[],
  threads: ReadingThreads | undefined,
  rules: PageRules | undefined,
): AsyncGenerator<PartContents> {
  const parts = allParts(todo);
  return threads?.read(parts, rules) ?? readHere(parts, new FileReader(rules && new PageChecker(rules)));
}

function* allParts(todo: readonly Wanted[]): Generator<FilePart> {
  for (const wanted of todo) yield* partsOf(wanted);
}

async function* readHere(parts: Iterable<FilePart>, reader: FileReader): AsyncGenerator<PartContents> {
  let turn = Date.now();
  for (const part of parts) {
    yield reader.read(part);
    if (Date.now() - turn <= TURN_MS) continue;
    await pause();
    turn = Date.now();
  }
}

/** What is in the next file, all parts together. */
async function nextFile(
  wanted: Wanted,
  results: AsyncIterator<PartContents>,
  progress: ReadListener,
): Promise<PartContents> {
  let whole: PartContents | undefined;
  for (const _part of partsOf(wanted)) {
    const { value } = (await results.next()) as IteratorYieldResult<PartContents>;
    progress.add(value.bytes);
    whole = whole === undefined ? value : joinParts(whole, value);
  }
  return whole as PartContents;
}

function compare(
  { file, checksum: isWanted }: Wanted,
  { bytes, checksum, pages, trouble }: PartContents,
  backupEnd: Lsn | undefined,
  verification: Verification,
): void {
  const { account, findings } = verification;
  const { path, size } = file;
  if (trouble !== undefined) {
    findings.add({ check: 'file', path, message: trouble });
    return;
  }
  if (pages !== undefined) reportPages(path, pages, backupEnd, verification);
  if (bytes !== size) {
    // It changed under our hands.
    const message = `file "${path}" should contain ${size} bytes, but read ${bytes} bytes`;
    findings.add({ check: 'file', path, message });
  } else if (isWanted) {
    account.checksums.count++;
    account.checksums.bytes += bytes;
    compareChecksum(file, checksum, verification);
  }
}

/** Compares a file's checksum with the one that the manifest has. */
function compareChecksum(file: ManifestFile, checksum: string, { findings }: Verification): void {
  const { path } = file;
  if (checksum === file.checksum) return;
  const message =
    checksum.length === file.checksum.length
      ? `checksum mismatch for file "${path}"`
      : `file "${path}" has checksum of length ${file.checksum.length / 2}, but expected ${checksum.length / 2}`;
  findings.add({ check: 'checksum', path, message });
}
