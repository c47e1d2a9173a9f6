/**
 * Reads the files of a directory and compares their checksums with the manifest's, in its order, and their pages
 * with their own (verify_backup_checksums() in src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { setImmediate as pause } from 'node:timers/promises';
import type { Lsn } from '../backup/lsn.ts';
import type { ManifestFile } from '../manifest/contents.ts';
import type { FilesOnDisk } from './check-tree.ts';
import { type FileContents, FileReader, UnreadableFileError, type Wanted } from './file-reader.ts';
import type { Manifest } from './manifest.ts';
import { reportPages } from './page-findings.ts';
import type { PageScope } from './page-scope.ts';
import type { ReadProgress } from './read-progress.ts';
import type { Verification } from './verification.ts';

/** How long signals may wait for the end of what is done synchronously. */
const TURN_MS = 50;

/** What the check needs to know besides. */
export interface ContentsOptions {
  /** Undefined if pages are not to be checked. */
  readonly pages: PageScope | undefined;
  readonly backupEnd: Lsn | undefined;
  readonly progress: ReadProgress;
}

/** Checks the files that are there and have the right size. */
export async function checkContents(
  manifest: Manifest,
  files: FilesOnDisk,
  { pages, backupEnd, progress }: ContentsOptions,
  verification: Verification,
): Promise<void> {
  const wants = (file: ManifestFile): Wanted => ({
    checksum: !verification.skipChecksums && file.algorithm !== 'NONE',
    firstBlock: pages?.firstBlock(file.path),
  });
  const todo = [...manifest.files.values()].filter(
    (file) =>
      files.has(file) && Object.values(wants(file)).some((want) => want !== undefined && want !== false),
  );
  progress.begin(todo.reduce((sum, { size }) => sum + size, 0));
  const reader = new FileReader(pages?.checker, (bytes) => progress.add(bytes));
  let turn = Date.now();
  for (const file of todo) {
    const wanted = wants(file);
    const contents = readFile(reader, file, files, wanted, verification);
    if (contents !== undefined) compare(file, contents, wanted, backupEnd, verification);
    if (Date.now() - turn > TURN_MS) {
      await pause();
      verification.signal.throwIfAborted();
      turn = Date.now();
    }
  }
  progress.end();
}

function readFile(
  reader: FileReader,
  file: ManifestFile,
  files: FilesOnDisk,
  wanted: Wanted,
  { findings }: Verification,
): FileContents | undefined {
  try {
    return reader.read(files.get(file) ?? file.path, file, wanted);
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    findings.add({ check: 'file', path: file.path, message: error.message });
    return undefined;
  }
}

function compare(
  file: ManifestFile,
  { bytes, checksum, pages }: FileContents,
  wanted: Wanted,
  backupEnd: Lsn | undefined,
  verification: Verification,
): void {
  const { account, findings } = verification;
  const { path, size } = file;
  if (pages !== undefined) reportPages(path, pages, backupEnd, verification);
  if (bytes !== size) {
    // It changed under our hands.
    const message = `file "${path}" should contain ${size} bytes, but read ${bytes} bytes`;
    findings.add({ check: 'file', path, message });
  } else if (wanted.checksum) {
    account.checksums.count++;
    account.checksums.bytes += bytes;
    compareChecksum(file, checksum, verification);
  }
}

/** Compares a file's checksum with the one that the manifest has. */
export function compareChecksum(file: ManifestFile, checksum: string, { findings }: Verification): void {
  const { path } = file;
  if (checksum === file.checksum) return;
  const message =
    checksum.length === file.checksum.length
      ? `checksum mismatch for file "${path}"`
      : `file "${path}" has checksum of length ${file.checksum.length / 2}, but expected ${checksum.length / 2}`;
  findings.add({ check: 'checksum', path, message });
}
