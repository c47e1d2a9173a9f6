/**
 * One archive of a backup to files below a directory: what bbstreamer_extractor does in
 * src/bin/pg_basebackup/bbstreamer_file.c, with more suspicion. Names are checked, nothing is overwritten, no
 * link is made or followed; files are created, never opened, in directories that this run has made.
 *
 * As there, modification times and owners are not restored; of the permissions, those of others and the group's
 * to write are not.
 */

import { chmodSync } from 'node:fs';
import { BackupError } from '../errors/backup-error.ts';
import { attempt } from '../errors/system-trouble.ts';
import { encodeName } from '../io/file-name.ts';
import type { ContentsSink, FileWriter, Owner } from '../store/file-writer.ts';
import { OWNER_DIRECTORY_MODE } from '../store/target-directory.ts';
import { type Member, type MemberOwner, readMemberOwner } from '../tar/member.ts';
import { type TarChunk, TarReader } from '../tar/reader.ts';
import { ROOT, safePath } from '../tar/safe-path.ts';
import { quoted } from '../terminal/visible.ts';
import { type ArchiveTarget, Directories } from './directories.ts';
import type { Rules } from './rules.ts';

const MODE_MASK = 0o750;

/** Where and how to unpack. */
export interface UnpackOptions {
  readonly destination: ArchiveTarget;
  readonly rules: Rules;
  /** What writes the files. */
  readonly file: FileWriter;
  /** Chooses whom they are given to; told whom the first member belongs to. */
  readonly chooseOwner: (member: MemberOwner) => Owner | undefined;
}

/** Unpacks one archive. */
export class Unpacker {
  readonly #archive: string;
  readonly #reader: TarReader;
  readonly #directories: Directories;
  readonly #rules: Rules;
  readonly #file: FileWriter;
  readonly #chooseOwner: UnpackOptions['chooseOwner'];
  /** Whom the files are given to. */
  #owner: Owner | undefined;
  /** What takes the contents of the current member; undefined if they are dropped. */
  #contents: ContentsSink | undefined;
  /** Contents that have come and not been handed on, to be written together. */
  #pieces: Buffer[] = [];
  /** Directories and links that were members, by their path in the archive. */
  readonly #sent = new Set<string>();
  #files = 0;
  #begun = false;

  constructor(archive: string, { destination, rules, file, chooseOwner }: UnpackOptions) {
    this.#archive = archive;
    this.#reader = new TarReader(archive);
    this.#directories = new Directories(destination);
    this.#rules = rules;
    this.#file = file;
    this.#chooseOwner = chooseOwner;
    if (destination.below !== '' && rules.makesDirectory(ROOT))
      this.#orConflict(ROOT, () => this.#directories.make(ROOT));
  }

  /** Files unpacked so far. */
  get files(): number {
    return this.#files;
  }

  /** Contents written so far. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /** Takes the next bytes of the archive and is done with them. */
  push(parts: readonly Buffer[]): void {
    for (const part of parts) {
      for (const chunk of this.#reader.push(part)) this.#take(chunk);
    }
    this.#handOn();
  }

  /** The archive is complete. Throws BackupError if it is cut short. */
  end(): void {
    this.#reader.end();
  }

  /** Gives up, in the middle of a file or not. */
  abandon(): void {
    this.#file.abandon();
  }

  #take(chunk: TarChunk): void {
    switch (chunk.type) {
      case 'header':
        if (!this.#begun) this.#owner = this.#chooseOwner(readMemberOwner(chunk.bytes, this.#reader));
        this.#begun = true;
        this.#begin(chunk.member);
        break;
      case 'contents':
        if (this.#contents !== undefined) this.#pieces.push(chunk.bytes);
        break;
      case 'trailer':
        this.#handOn();
        this.#contents?.end();
        this.#contents = undefined;
        break;
    }
  }

  #handOn(): void {
    if (this.#pieces.length === 0) return;
    this.#contents?.push(this.#pieces);
    this.#pieces = [];
  }

  #begin(member: Member): void {
    const path = safePath(this.#archive, member.path);
    if (path === ROOT) return;
    const mode = member.mode & MODE_MASK;
    this.#rules.see(path, member);
    this.#orConflict(path, () => {
      if (member.kind === 'file') this.#contents = this.#beginFile(path, mode, member.size);
      else if (this.#sent.has(path)) throw this.#conflict(path);
      else if (member.kind === 'directory') this.#directory(path, mode);
    });
    if (member.kind !== 'file') this.#sent.add(path);
  }

  #orConflict(path: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      throw isConflict(error) ? this.#conflict(path, error) : error;
    }
  }

  #conflict(path: string, cause?: unknown): BackupError {
    return new BackupError(
      `member ${quoted(path)} of archive "${this.#archive}" collides with what is there already`,
      cause === undefined ? {} : { detail: `The system says: ${(cause as Error).message}.`, cause },
    );
  }

  #beginFile(path: string, mode: number, size: number): ContentsSink | undefined {
    const name = this.#rules.fileName(path);
    if (name === undefined) return this.#rules.leftOut(path);
    this.#files++;
    this.#file.begin(this.#directories.placeFile(name), mode, this.#owner);
    this.#directories.claimFile(name);
    return this.#rules.contents(path, this.#file, size);
  }

  /** The owner may always do everything with a directory, since the rest must go into it. */
  #directory(path: string, mode: number): void {
    if (!this.#rules.makesDirectory(path)) return;
    const full = this.#directories.make(path);
    if ((mode | OWNER_DIRECTORY_MODE) === OWNER_DIRECTORY_MODE) return;
    attempt(`could not set permissions of directory "${full}"`, () =>
      chmodSync(encodeName(full), mode | OWNER_DIRECTORY_MODE),
    );
  }
}

/**
 * Whether something is in the way of what was to be made. The directory was empty, so it is an earlier member of the
 * same name, or one that is a file where a directory should be, or another process made it. The file system knows all
 * names; keeping them in memory would take 100 MB for a million files.
 */
function isConflict(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR';
}
