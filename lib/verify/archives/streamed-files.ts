/**
 * The files of a backup that passes: each is looked at when it comes, and what was found is kept until the manifest,
 * which comes after them, is known.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { ChecksumAlgorithm } from '../../manifest/checksum.ts';
import { type BackupLabel, parseBackupLabel } from '../../postgres/backup-label.ts';
import { BACKUP_LABEL, WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import type { Member } from '../../tar/member.ts';
import { CONTROL_FILES, type ControlFileRecord, MAX_CONTROL_FILE_BYTES } from '../records/control-files.ts';
import type { FoundName, TakeContents } from '../records/found-backup.ts';
import type { PageScope } from '../records/page-scope.ts';
import type { Verification } from '../shared/verification.ts';
import type { MemberListener, MemberSink } from './archive-members.ts';
import { type StreamedFile, takeMember } from './streamed-file.ts';
import { StreamedPages } from './streamed-pages.ts';
import { StreamedWal } from './streamed-wal.ts';

const WAL = `${WAL_DIRECTORY}/`;
const NOWHERE: MemberSink = { push: () => {}, end: () => {} };

/** What is known before the first file comes. */
export interface StreamBeginning {
  /** Where the backup starts; backup_label says it otherwise. */
  readonly start: BackupLabel | undefined;
  /** As the server says it. */
  readonly blockBytes: number | undefined;
  /** By which algorithm the manifest has the checksum of a file, or probably has. */
  algorithmOf(path: string): ChecksumAlgorithm;
}

/** Takes members and keeps what was found of them. */
export class StreamedFiles implements MemberListener {
  readonly found: (name: FoundName) => void;
  readonly wal: StreamedWal;
  readonly controlFiles = new Map<string, ControlFileRecord>();
  readonly #verification: Verification;
  readonly #algorithmOf: StreamBeginning['algorithmOf'];
  readonly #pages: StreamedPages;
  readonly #files: StreamedFile[] = [];
  #start: BackupLabel | undefined;

  /** `found` is told of every name, of a file when it has ended. */
  constructor(
    { start, blockBytes, algorithmOf }: StreamBeginning,
    found: (name: FoundName) => void,
    verification: Verification,
  ) {
    this.found = found;
    this.wal = new StreamedWal(verification);
    this.#verification = verification;
    this.#algorithmOf = algorithmOf;
    this.#pages = new StreamedPages(blockBytes, verification);
    this.#start = start;
  }

  /** Gives what is in all files. */
  contents(scope: PageScope | undefined, take: TakeContents): void {
    for (const file of this.#files) {
      const pages = this.#pages.judgedBy(scope, file);
      take(pages === file.pages ? file : { ...file, pages });
    }
  }

  file(path: string, { size }: Member, archive: string): MemberSink {
    if (path.startsWith(WAL)) {
      this.found({ type: 'file', path, size, archive });
      return this.wal.begin(path, size, this.#start) ?? NOWHERE;
    }
    const { ignore, skipChecksums } = this.#verification;
    const isControlFile = CONTROL_FILES.includes(path) && !ignore.covers(path);
    const keep = isControlFile && size <= MAX_CONTROL_FILE_BYTES;
    if (isControlFile && !keep) this.controlFiles.set(path, { tooLarge: size });
    const algorithm = skipChecksums ? 'NONE' : this.#algorithmOf(path);
    const pages = this.#pages.begin(path, size, this.#start?.start);
    return takeMember({ archive, path, algorithm, pages, keep }, (file, contents) => {
      this.found(file);
      this.#files.push(file);
      if (contents !== undefined) this.#keep(path, contents);
    });
  }

  #keep(path: string, contents: Buffer): void {
    this.controlFiles.set(path, { contents });
    if (path === BACKUP_LABEL) this.#start ??= startOf(contents);
  }
}

/** A label that is damaged is a finding when it is judged. */
function startOf(label: Buffer): BackupLabel | undefined {
  try {
    return parseBackupLabel(label);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
