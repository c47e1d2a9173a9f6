/**
 * The contents of files: their checksums against the manifest's, their pages against their own (verify_file_checksum()
 * in src/bin/pg_verifybackup/pg_verifybackup.c, member_verify_checksum() in astreamer_verify.c).
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { ManifestFile } from '../../manifest/values.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import type { FileContents, WantedFiles } from '../records/found-backup.ts';
import type { Verification } from '../shared/verification.ts';
import { reportPages } from './page-findings.ts';
import { fileOf } from './words.ts';

/** Takes the contents of one file after the other. */
export class ContentsJudge {
  readonly #files: WantedFiles;
  readonly #backupEnd: Lsn | undefined;
  readonly #verification: Verification;
  readonly #uncheckedPages = new Map<string, number>();

  constructor(files: WantedFiles, backupEnd: Lsn | undefined, verification: Verification) {
    this.#files = files;
    this.#backupEnd = backupEnd;
    this.#verification = verification;
  }

  /** Compares it, if it is wanted. Throws TroubleError if its checksum is of another kind than the manifest's. */
  take(found: FileContents): void {
    const file = this.#files.get(found.path);
    if (file === undefined) return;
    const { pages } = found;
    if (typeof pages === 'string')
      this.#uncheckedPages.set(pages, (this.#uncheckedPages.get(pages) ?? 0) + 1);
    else if (pages !== undefined) reportPages(found.path, pages, this.#backupEnd, this.#verification);
    judgeFile(found, file, this.#verification);
  }

  /** There is no other file. Throws TroubleError if the user insists on pages that could not be checked. */
  end(): void {
    const { statistics, pages } = this.#verification;
    for (const [why, count] of this.#uncheckedPages) {
      statistics.skipFiles('pages', count, why);
      if (pages === 'insist')
        throw new TroubleError(`could not check page checksums of ${count} files: ${why}`);
    }
  }
}

function judgeFile(
  found: FileContents,
  file: ManifestFile,
  { statistics, findings, skipChecksums }: Verification,
): void {
  const { path, bytes, trouble } = found;
  if (trouble !== undefined) {
    findings.add({ check: 'file', path, message: trouble });
  } else if (bytes !== file.size) {
    // It changed under our hands.
    const message = `file "${path}" should contain ${file.size} bytes, but read ${bytes} bytes`;
    findings.add({ check: 'file', path, message });
  } else if (!skipChecksums && file.algorithm !== 'NONE') {
    statistics.addChecksum(bytes);
    const message = checksumComplaint(found, file);
    if (message !== undefined) findings.add({ check: 'checksum', path, message });
  }
}

/** Throws TroubleError if the checksum is of another kind. */
function checksumComplaint(found: FileContents, file: ManifestFile): string | undefined {
  const { algorithm, checksum } = found;
  if (algorithm !== file.algorithm)
    throw new TroubleError(`the manifest has ${file.algorithm} checksums, but ${algorithm} was computed`, {
      hint: `Use --algorithm=${file.algorithm}.`,
    });
  if (checksum === file.checksum) return undefined;
  if (checksum.length === file.checksum.length) return `checksum mismatch for ${fileOf(found)}`;
  const [theirs, ours] = [file.checksum.length / 2, checksum.length / 2];
  return `${fileOf(found)} has checksum of length ${theirs}, but expected ${ours}`;
}
