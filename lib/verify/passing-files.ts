/**
 * The files of a backup that passes: each is looked at when it comes, and compared when the manifest, which comes behind
 * them, is known. Words are those of pg_verifybackup for tars (src/bin/pg_verifybackup/astreamer_verify.c).
 */

import { BackupError } from '../errors/backup-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import type { ManifestFile } from '../manifest/values.ts';
import { type BackupLabel, parseBackupLabel } from '../postgres/backup-label.ts';
import { BACKUP_LABEL } from '../postgres/data-directory.ts';
import type { Member } from '../tar/member.ts';
import type { MemberListener, MemberSink } from './archive-check.ts';
import { type FactFile, isFactFile, MAX_FACT_BYTES } from './fact-files.ts';
import type { Manifest } from './manifest.ts';
import { checkMember, type FoundFile } from './member-check.ts';
import { PassingPages } from './passing-pages.ts';
import { PassingPlaces } from './passing-places.ts';
import { PassingWal } from './passing-wal.ts';
import type { Verification } from './verification.ts';

/** Takes members and compares them in the end. */
export class PassingFiles implements MemberListener {
  /** Where the backup starts, once that is known. */
  start: BackupLabel | undefined;
  readonly pages: PassingPages;
  readonly places: PassingPlaces;
  readonly wal: PassingWal;
  readonly facts = new Map<string, FactFile>();
  readonly #files = new Map<string, FoundFile>();
  readonly #algorithmOf: (path: string) => ChecksumAlgorithm;
  readonly #verification: Verification;

  /** Is told by which algorithm the manifest has the checksum of a file, or probably has. */
  constructor(algorithmOf: (path: string) => ChecksumAlgorithm, verification: Verification) {
    this.#algorithmOf = algorithmOf;
    this.#verification = verification;
    this.pages = new PassingPages(verification);
    this.places = new PassingPlaces(verification);
    this.wal = new PassingWal(verification);
  }

  file(path: string, { size }: Member, archive: string): MemberSink {
    if (this.#files.has(path)) this.places.reportSecond(path, archive);
    this.places.file(path, archive);
    if (path.startsWith('pg_wal/')) return this.wal.open(path, size, this.start) ?? NOBODY;
    const isFact = isFactFile(path, this.#verification.ignore);
    if (isFact && size > MAX_FACT_BYTES) this.facts.set(path, { tooLarge: size });
    const keep = isFact && size <= MAX_FACT_BYTES;
    const options = {
      archive,
      path,
      algorithm: this.#verification.skipChecksums ? 'NONE' : this.#algorithmOf(path),
      pages: this.pages.open(path, this.start),
      keep,
    } as const;
    return checkMember(options, (found, contents) => this.#take(found, keep ? contents : undefined));
  }

  place(path: string, member: Member, archive: string): void {
    if (this.#files.has(path)) this.places.reportSecond(path, archive);
    this.places.place(path, member, archive);
  }

  clash(path: string, complaint: string): void {
    this.places.reportClash(path, complaint);
  }

  spare(bytes: number, archive: string): void {
    const what = `${bytes} bytes of zeros after the end of archive "${archive}"`;
    this.#verification.account.skip(what, 'more than a tar has');
  }

  /** Everything has passed. Throws TroubleError if the manifest has checksums of another kind. */
  compare(manifest: Manifest): void {
    const { account, findings, ignore, skipChecksums } = this.#verification;
    for (const file of this.#files.values()) this.#compareFile(file, manifest);
    for (const { path } of manifest.files.values()) {
      if (this.#files.has(path) || ignore.covers(path)) continue;
      findings.add({ check: 'file', path, message: `"${path}" is present in the manifest but not on disk` });
    }
    if (skipChecksums) account.skip('checksums of files', 'not wanted');
    else account.skipFiles('checksums', manifest.files.withoutChecksum, 'the manifest has none');
  }

  /** The contents are those of a file of facts. */
  #take(found: FoundFile, contents: Buffer | undefined): void {
    const { path } = found;
    this.#files.set(path, found);
    if (contents === undefined) return;
    this.facts.set(path, contents);
    if (path === BACKUP_LABEL) this.start ??= startOf(contents);
  }

  #compareFile(found: FoundFile, manifest: Manifest): void {
    const { account, ignore } = this.#verification;
    const { path, archive, size } = found;
    if (ignore.covers(path)) return;
    const file = manifest.files.get(path);
    if (file === undefined) {
      this.#complain(path, `is present in archive "${archive}" but not in the manifest`);
    } else if (file.size !== size) {
      this.#complain(path, `has size ${size} in archive "${archive}" but size ${file.size} in the manifest`);
    } else {
      account.files.count++;
      account.files.bytes += size;
      this.#compareChecksum(found, file);
    }
  }

  #compareChecksum({ path, archive, size, algorithm, checksum }: FoundFile, file: ManifestFile): void {
    const { account, findings, skipChecksums } = this.#verification;
    if (skipChecksums || file.algorithm === 'NONE') return;
    if (file.algorithm !== algorithm)
      throw new TroubleError(`the manifest has ${file.algorithm} checksums, but ${algorithm} was computed`, {
        hint: `Use --algorithm=${file.algorithm}.`,
      });
    account.checksums.count++;
    account.checksums.bytes += size;
    if (file.checksum === checksum) return;
    const message = `checksum mismatch for file "${path}" in archive "${archive}"`;
    findings.add({ check: 'checksum', path, message });
  }

  #complain(path: string, complaint: string): void {
    this.#verification.findings.add({ check: 'file', path, message: `file "${path}" ${complaint}` });
  }
}

const NOBODY: MemberSink = { push: () => {}, end: () => {} };

/** Damage is told of when the facts are read. */
function startOf(label: Buffer): BackupLabel | undefined {
  try {
    return parseBackupLabel(label);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
