/**
 * The files of a backup onto those of the one before, in the second reading: members in, each where it belongs in the
 * data directory. Full files replace, incremental ones are written into the whole ones. The label is written at the
 * end of all, and the control file gets another name until then.
 *
 * Paths go through the links of tablespaces and of pg_wal; no other links are in the directory.
 */

import { chmodSync, mkdirSync } from 'node:fs';
import { attempt, systemTrouble } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import { type ContentsSink, FileWriter, type Owner } from '../../store/file-writer.ts';
import { OWNER_DIRECTORY_MODE } from '../../store/target-directory.ts';
import type { Member } from '../../tar/member.ts';
import { parentOf, ROOT } from '../../tar/safe-path.ts';
import { wholePath } from '../incremental-path.ts';
import type { MemberTaker } from './backup-members.ts';
import { ChangedFile } from './changed-file.ts';
import { giveTo, removeIfThere } from './file-acts.ts';
import type { Predecessor } from './predecessor.ts';

const MODE_MASK = 0o750;

/** Writes them. */
export class UpdatedFiles implements MemberTaker {
  /** What the backup has: files, by the names that they have now, and directories. */
  readonly files = new Set<string>([BACKUP_LABEL]);
  readonly directories = new Set<string>([ROOT]);
  /** Those of which it has some blocks, by the paths of the whole files. */
  readonly changed = new Map<string, ChangedFile>();
  readonly #before: Predecessor;
  readonly #place: string;
  readonly #manifest: Buffer[] = [];
  #bytes = 0;
  readonly #open = new Set<FileWriter | ChangedFile>();

  /** The place stands for the backup in messages. */
  constructor(before: Predecessor, place: string) {
    this.#before = before;
    this.#place = place;
  }

  /** The paths on disk of files that are not what they were. */
  *written(): Generator<string, void, undefined> {
    for (const path of this.files)
      if (path !== BACKUP_LABEL && !this.#isSame(path)) yield `${this.#before.directory}/${path}`;
  }

  /** How much has been written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The manifest as the backup has it. */
  get newManifest(): Buffer {
    return Buffer.concat(this.#manifest);
  }

  manifest(parts: readonly Buffer[]): void {
    this.#manifest.push(...parts.map((part) => Buffer.from(part)));
  }

  directory(path: string, { mode }: Pick<Member, 'mode'>): void {
    if (this.directories.has(path)) return;
    if (path !== ROOT) this.directory(parentOf(path), { mode: OWNER_DIRECTORY_MODE });
    this.directories.add(path);
    makeDirectory(`${this.#before.directory}/${path}`, mode & MODE_MASK, this.#before.owner);
  }

  file(path: string, name: string, { mode, size }: Member): ContentsSink | undefined {
    if (path === BACKUP_LABEL) return undefined;
    this.#bytes += size;
    const whole = wholePath(path);
    this.files.add(whole ?? name);
    this.directory(parentOf(name), { mode: OWNER_DIRECTORY_MODE });
    if (whole !== undefined) return this.#change(path, whole, size);
    return this.#replace(`${this.#before.directory}/${name}`, mode & MODE_MASK);
  }

  /** Closes what is open, as it is. */
  abandon(): void {
    for (const file of this.#open) file.abandon();
  }

  #isSame(path: string): boolean {
    const file = this.changed.get(path);
    return file !== undefined && file.crc32c === undefined;
  }

  #change(path: string, whole: string, size: number): ContentsSink {
    const { directory, files, control, isBegun } = this.#before;
    const file = new ChangedFile(`file "${path}" of backup at "${this.#place}"`, size, {
      path: `${directory}/${whole}`,
      entry: files.get(whole),
      segments: control,
      isBegun,
    });
    this.changed.set(whole, file);
    return this.#opened(file, file);
  }

  #replace(path: string, mode: number): ContentsSink {
    removeIfThere(path);
    const file = new FileWriter();
    file.begin(path, mode, this.#before.owner);
    return this.#opened(file, file);
  }

  #opened(file: FileWriter | ChangedFile, sink: ContentsSink): ContentsSink {
    this.#open.add(file);
    return {
      push: (parts) => sink.push(parts),
      end: () => {
        sink.end();
        this.#open.delete(file);
      },
    };
  }
}

function makeDirectory(path: string, mode: number, owner: Owner | undefined): void {
  try {
    mkdirSync(encodeName(path), { mode: OWNER_DIRECTORY_MODE });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw systemTrouble(`could not create directory "${path}"`, error);
  }
  attempt(`could not set permissions of directory "${path}"`, () =>
    chmodSync(encodeName(path), mode | OWNER_DIRECTORY_MODE),
  );
  giveTo(path, owner);
}
