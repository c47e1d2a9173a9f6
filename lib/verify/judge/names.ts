/**
 * Names and sizes against those of the manifest (verify_backup_directory() and report_extra_backup_files() in
 * src/bin/pg_verifybackup/pg_verifybackup.c, member_verify_header() in astreamer_verify.c). Of two members of one name
 * the last one wins in a restore, whichever the manifest means; and links are none but those of tablespaces.
 */

import type { ManifestFile } from '../../manifest/values.ts';
import type {
  FoundDirectory,
  FoundFile,
  FoundLink,
  FoundName,
  WantedFiles,
} from '../records/found-backup.ts';
import type { Manifest } from '../records/manifest.ts';
import type { Verification } from '../shared/verification.ts';
import { subjectOf, whereIs } from './words.ts';

const TABLESPACE_LINK = /^pg_tblspc\/([1-9][0-9]{0,9})$/;
const WAL = 'pg_wal/';

/** What the names say. As files that are wanted: those that are both in the backup and the manifest, with one size. */
export interface JudgedNames extends WantedFiles {
  readonly directories: ReadonlySet<string>;
  /** Of tablespaces, by their OIDs. */
  readonly links: ReadonlyMap<number, FoundLink>;
}

/** Takes names as they are found. What is wrong without regard to the manifest is told at once. */
export class NameJudge implements JudgedNames {
  readonly directories = new Set<string>();
  readonly links = new Map<number, FoundLink>();
  /** By their paths; of two of one path, the second. */
  readonly #files = new Map<string, FoundFile>();
  /** Those of them with another size, or of which there are two. */
  readonly #bad = new Set<string>();
  readonly #verification: Verification;
  #manifest: Manifest | undefined;
  /** Whether all files of the manifest are known to have been found. */
  #isComplete = false;

  constructor(manifest: Manifest | undefined, verification: Verification) {
    this.#manifest = manifest;
    this.#verification = verification;
  }

  found(found: FoundName): void {
    switch (found.type) {
      case 'file':
        this.#file(found);
        break;
      case 'directory':
        if (this.#files.has(found.path)) this.#reportSecond(found);
        this.directories.add(found.path);
        break;
      case 'link':
        this.#link(found);
        break;
      case 'special':
        this.#complain(found.path, `"${found.path}" is not a file or directory`);
        break;
      case 'unreadable':
        this.#complain(found.path, found.trouble);
        this.#verification.ignore.add(found.path);
        break;
      case 'misplaced':
        this.#misplaced(found.path, found.complaint);
        break;
      default: {
        const what = `${found.bytes} bytes of zeros after the end of archive "${found.archive}"`;
        this.#verification.statistics.skip(what, 'more than a tar has');
      }
    }
  }

  /** All names have been found: compares those that could not be compared before, and tells which are missing. */
  end(manifest: Manifest): void {
    let known = 0;
    if (this.#manifest === undefined)
      for (const file of this.#files.values()) if (this.#compare(file, manifest)) known++;
    this.#manifest = manifest;
    this.#isComplete = known === manifest.files.size;
    if (!this.#isComplete) this.#reportMissing(manifest);
  }

  *values(): Generator<ManifestFile> {
    for (const file of this.#manifest?.files.values() ?? []) if (this.#isWanted(file.path)) yield file;
  }

  get(path: string): ManifestFile | undefined {
    return this.#isWanted(path) ? this.#manifest?.files.get(path) : undefined;
  }

  #isWanted(path: string): boolean {
    return (this.#isComplete || this.#files.has(path)) && !this.#bad.has(path);
  }

  #file(found: FoundFile): void {
    const { path } = found;
    const { size } = this.#files;
    this.#files.set(path, found);
    if (this.#files.size === size || this.directories.has(path)) {
      this.#bad.add(path);
      this.#reportSecond(found);
    }
    if (this.#manifest !== undefined) this.#compare(found, this.#manifest);
  }

  #reportMissing({ files }: Manifest): void {
    for (const { path } of files.values())
      if (!this.#files.has(path))
        this.#complain(path, `"${path}" is present in the manifest but not on disk`);
  }

  /** Returns whether the manifest has the file. */
  #compare(found: FoundFile, { files }: Manifest): boolean {
    const { path, size } = found;
    const file = files.get(path);
    if (file?.size === size && !this.#bad.has(path) && !this.#isIgnored(path)) {
      this.#verification.statistics.addFile(size);
      return true;
    }
    this.#bad.add(path);
    const [subject, where] = [subjectOf(found), whereIs(found)];
    if (file === undefined) this.#complain(path, `${subject} is present ${where} but not in the manifest`);
    else if (file.size !== size)
      this.#complain(path, `${subject} has size ${size} ${where} but size ${file.size} in the manifest`);
    return file !== undefined;
  }

  #link(found: FoundLink): void {
    const { path } = found;
    if (this.#isIgnored(path)) return;
    if (this.#files.has(path)) this.#reportSecond(found);
    const oid = Number(TABLESPACE_LINK.exec(path)?.[1] ?? 0);
    if (oid === 0 || this.links.has(oid))
      this.#complain(path, `symbolic link "${path}" ${whereIs(found)} is none that a server sends`);
    this.links.set(oid, found);
    this.directories.add(path);
  }

  /** There was something of this name in another archive. */
  #reportSecond(found: FoundFile | FoundLink | FoundDirectory): void {
    this.#misplaced(found.path, `is present ${whereIs(found)} a second time`);
  }

  /** That there are two of a file counts in pg_wal, too, whose files are ignored only as those of the manifest. */
  #misplaced(path: string, complaint: string): void {
    const message = `file "${path}" ${complaint}`;
    if (path.startsWith(WAL) || !this.#isIgnored(path))
      this.#verification.findings.add({ check: 'file', path, message });
  }

  #complain(path: string, message: string): void {
    if (!this.#isIgnored(path)) this.#verification.findings.add({ check: 'file', path, message });
  }

  #isIgnored(path: string): boolean {
    return this.#verification.ignore.covers(path);
  }
}
