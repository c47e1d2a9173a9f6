/**
 * The files of a backup that passes: each is looked at when it comes, and compared when the manifest, which comes behind
 * them, is known. Words are those of pg_verifybackup for tars (src/bin/pg_verifybackup/astreamer_verify.c).
 */

import { BACKUP_LABEL, type BackupLabel, parseBackupLabel } from '../backup/backup-label.ts';
import { TroubleError } from '../cli/trouble.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import type { ManifestFile } from '../manifest/contents.ts';
import { FilePages } from '../page/file-pages.ts';
import { PageChecker } from '../page/page-checker.ts';
import { parseRelationFile } from '../page/relation-file.ts';
import type { Member } from '../tar/member.ts';
import type { MemberSink } from './archive-check.ts';
import { backupEnd, FACT_FILES, type Facts } from './facts.ts';
import type { Check } from './findings.ts';
import type { Manifest } from './manifest.ts';
import { MemberCheck, type MemberResult } from './member-check.ts';
import { reportPages } from './page-findings.ts';
import { PassingWal } from './passing-wal.ts';
import type { Verification } from './verification.ts';

/** What every server has that was not built otherwise: relations are cut at 1 GiB. */
const SEGMENT_BYTES = 2 ** 30;

/** What is kept of each file. */
type FoundFile = Omit<MemberResult, 'pages' | 'contents'>;

/** Takes files and compares them in the end. */
export class PassingFiles {
  /** Where the backup starts, once that is known. */
  start: BackupLabel | undefined;
  /** As the server said, or as it is by default; the control file, which comes last, must agree. */
  blockBytes = 8192;
  readonly wal = new PassingWal();
  readonly facts = new Map<string, Buffer>();
  readonly #files = new Map<string, FoundFile>();
  readonly #pages: MemberResult[] = [];
  readonly #algorithm: ChecksumAlgorithm;
  readonly #verification: Verification;
  #checker: PageChecker | undefined;

  constructor(algorithm: ChecksumAlgorithm, verification: Verification) {
    this.#algorithm = algorithm;
    this.#verification = verification;
  }

  /** A file of the backup begins. */
  open(path: string, { size }: Member, archive: string): MemberSink {
    if (path.startsWith('pg_wal/')) {
      this.wal.begin(path, size, this.start);
      return { push: (piece) => this.wal.push(piece), end: () => {} };
    }
    const check = new MemberCheck({
      archive,
      path,
      algorithm: this.#verification.skipChecksums ? 'NONE' : this.#algorithm,
      pages: this.#pagesOf(path),
      keep: FACT_FILES.includes(path),
    });
    return { push: (piece) => check.push(piece), end: () => this.#take(check.end()) };
  }

  /** Everything has passed. Throws TroubleError if the manifest has checksums of another kind. */
  compare(manifest: Manifest, facts: Facts): void {
    this.#comparePages(manifest, facts);
    for (const file of this.#files.values()) this.#compareFile(file, manifest);
    const { findings, ignore } = this.#verification;
    for (const { path } of manifest.files.values()) {
      if (this.#files.has(path) || ignore.covers(path)) continue;
      findings.add({ check: 'file', path, message: `"${path}" is present in the manifest but not on disk` });
    }
  }

  #pagesOf(path: string): FilePages | undefined {
    const { pages, skipChecksums } = this.#verification;
    if (pages === 'never' || (pages === 'auto' && skipChecksums) || this.start === undefined)
      return undefined;
    const relation = parseRelationFile(path);
    if (relation === undefined || relation.incremental) return undefined;
    this.#checker ??= new PageChecker({ blockBytes: this.blockBytes, startLsn: this.start.start });
    return new FilePages(this.#checker, relation.segment * (SEGMENT_BYTES / this.blockBytes));
  }

  #take(result: MemberResult): void {
    const { path, archive, size, checksum, pages, contents } = result;
    const found = { path, archive, size, checksum };
    if (this.#files.has(path)) this.#complain('file', found, `is present in "${archive}" a second time`);
    this.#files.set(path, found);
    if (FACT_FILES.includes(path)) this.facts.set(path, contents);
    if (path === BACKUP_LABEL) this.start ??= parseBackupLabel(contents);
    if (pages !== undefined) this.#pages.push(result);
  }

  #comparePages(manifest: Manifest, { control }: Facts): void {
    const { account, pages } = this.#verification;
    const segmentBytes = (control?.blockBytes ?? 0) * (control?.segmentBlocks ?? 0);
    let obstacle: string | undefined;
    if (pages === 'never') obstacle = 'not wanted';
    else if (control === undefined) obstacle = 'there is no good control file';
    else if (control.dataChecksumVersion === 0) obstacle = 'the cluster has none';
    else if (this.#checker === undefined) obstacle = 'no files were looked at';
    else if (control.blockBytes !== this.blockBytes || segmentBytes !== SEGMENT_BYTES)
      obstacle = 'the control file has another block or segment size';
    if (obstacle === undefined) {
      const end = backupEnd(manifest.ranges);
      for (const { path, pages: report } of this.#pages)
        if (report !== undefined) reportPages(path, report, end, this.#verification);
    } else if (pages === 'insist') throw new TroubleError(`could not check page checksums: ${obstacle}`);
    else account.skip('page checksums', obstacle);
  }

  #compareFile(found: FoundFile, manifest: Manifest): void {
    const { account, ignore } = this.#verification;
    if (ignore.covers(found.path)) return;
    const file = manifest.files.get(found.path);
    if (file === undefined) {
      this.#complain('file', found, `is present in "${found.archive}" but not in the manifest`);
    } else if (file.size !== found.size) {
      const sizes = `size ${found.size} in "${found.archive}" but size ${file.size} in the manifest`;
      this.#complain('file', found, `has ${sizes}`);
    } else {
      account.files.count++;
      account.files.bytes += found.size;
      this.#compareChecksum(found, file);
    }
  }

  #compareChecksum({ path, archive, size, checksum }: FoundFile, file: ManifestFile): void {
    const { account, findings, skipChecksums } = this.#verification;
    if (skipChecksums || file.algorithm === 'NONE') return;
    if (file.algorithm !== this.#algorithm)
      throw new TroubleError(
        `the manifest has ${file.algorithm} checksums, but ${this.#algorithm} was computed`,
        {
          hint: `Use --algorithm=${file.algorithm}.`,
        },
      );
    account.checksums.count++;
    account.checksums.bytes += size;
    if (file.checksum === checksum) return;
    const message = `checksum mismatch for file "${path}" in archive "${archive}"`;
    findings.add({ check: 'checksum', path, message });
  }

  #complain(check: Check, { path }: FoundFile, complaint: string): void {
    this.#verification.findings.add({ check, path, message: `"${path}" ${complaint}` });
  }
}
