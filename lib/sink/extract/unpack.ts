/**
 * One archive of a backup to files below a directory: what bbstreamer_extractor does in
 * src/bin/pg_basebackup/bbstreamer_file.c, with more suspicion. Names are checked, nothing is overwritten, no
 * link is made or followed; files are created, never opened, in directories that this run has made.
 *
 * As there, modification times and owners are not restored; of the permissions, those of others and the group's
 * to write are not.
 */

import { chmodSync, mkdirSync } from 'node:fs';
import { BackupError } from '../../backup/error.ts';
import { attempt } from '../../io/system-trouble.ts';
import type { Member } from '../../tar/member.ts';
import { type TarChunk, TarReader } from '../../tar/reader.ts';
import { ROOT, safePath } from '../../tar/safe-path.ts';
import { type Folder, OWNER_DIRECTORY_MODE } from '../folder.ts';
import { type ContentsSink, FileWriter } from './file.ts';
import type { Rules } from './rules.ts';

const MODE_MASK = 0o750;

/** Where an archive is unpacked. */
export interface Destination {
  readonly folder: Folder;
  /** The directory within the folder, empty for the folder itself. */
  readonly below: string;
}

/** Unpacks one archive. */
export class Unpacker {
  readonly #archive: string;
  readonly #reader: TarReader;
  readonly #destination: Destination;
  readonly #rules: Rules;
  readonly #file = new FileWriter();
  /** What takes the contents of the current member; undefined for all but files. */
  #contents: ContentsSink | undefined;
  /** Directories that are there, by their path in the folder. */
  readonly #directories = new Set([ROOT]);
  /** Directories and links that were members, by their path in the archive. */
  readonly #sent = new Set<string>();
  /** The directory of the last file. */
  #parent = ROOT;
  #files = 0;

  constructor(archive: string, destination: Destination, rules: Rules) {
    this.#archive = archive;
    this.#reader = new TarReader(archive);
    this.#destination = destination;
    this.#rules = rules;
    if (destination.below !== '') this.#insistOnDirectory(destination.below);
  }

  /** Files unpacked so far. */
  get files(): number {
    return this.#files;
  }

  /** Takes the next bytes of the archive and is done with them. */
  push(parts: readonly Buffer[]): void {
    for (const part of parts) {
      for (const chunk of this.#reader.push(part)) this.#take(chunk);
    }
    this.#contents?.flush();
  }

  /** The archive is over. Throws BackupError if it is cut short. */
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
        this.#begin(chunk.member);
        break;
      case 'contents':
        this.#contents?.write(chunk.bytes);
        break;
      case 'trailer':
        this.#contents?.close();
        this.#contents = undefined;
        break;
    }
  }

  #begin(member: Member): void {
    const path = safePath(this.#archive, member.path);
    if (!member.exact) {
      throw new BackupError(
        `name of member ${JSON.stringify(path)} in archive "${this.#archive}" is not in UTF-8`,
      );
    }
    if (path === ROOT) return;
    const mode = member.mode & MODE_MASK;
    try {
      if (member.kind === 'file') this.#contents = this.#beginFile(path, mode);
      else if (this.#sent.has(path)) throw this.#conflict(path);
      else if (member.kind === 'directory') this.#directory(path, mode);
      else this.#rules.link(path, member.linkTarget ?? '');
    } catch (error) {
      throw isConflict(error) ? this.#conflict(path, error) : error;
    }
    if (member.kind !== 'file') this.#sent.add(path);
  }

  #conflict(path: string, cause?: unknown): BackupError {
    return new BackupError(
      `member ${JSON.stringify(path)} of archive "${this.#archive}" collides with what is there already`,
      cause === undefined ? {} : { detail: `The system says: ${(cause as Error).message}.`, cause },
    );
  }

  #beginFile(path: string, mode: number): ContentsSink {
    this.#files++;
    const name = this.#within(this.#rules.fileName(path));
    const parent = parentOf(name);
    // Files of a directory mostly follow each other, and comparing is cheaper than looking up.
    if (parent !== this.#parent) this.#insistOnDirectory(parent);
    this.#parent = parent;
    if (parent === ROOT) this.#destination.folder.claim(name);
    this.#file.open(this.#full(name), mode);
    return this.#rules.contents(path, this.#file);
  }

  /** The owner may always do everything with a directory, since the rest must go into it. */
  #directory(path: string, mode: number): void {
    const name = this.#within(path);
    this.#insistOnDirectory(name);
    this.#rules.directory(path, mode);
    if ((mode | OWNER_DIRECTORY_MODE) === OWNER_DIRECTORY_MODE) return;
    const full = this.#full(name);
    attempt(`could not set permissions of directory "${full}"`, () =>
      chmodSync(full, mode | OWNER_DIRECTORY_MODE),
    );
  }

  /** Makes the directory unless it is there, and those above it that the archive left out. */
  #insistOnDirectory(name: string): void {
    if (this.#directories.has(name)) return;
    const parent = parentOf(name);
    this.#insistOnDirectory(parent);
    if (parent === ROOT) this.#destination.folder.claim(name);
    this.#directories.add(name);
    makeDirectory(this.#full(name));
  }

  #within(path: string): string {
    const { below } = this.#destination;
    return below === '' ? path : `${below}/${path}`;
  }

  #full(name: string): string {
    return `${this.#destination.folder.path}/${name}`;
  }
}

/** The directory that a path lies in. Called for each member, where dirname() of node:path takes its time. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT : path.slice(0, slash);
}

/**
 * Whether something is in the way of what was to be made. The folder was empty, so it was an earlier member of the
 * same name, or one that is a file where a directory should be. The file system knows all names; keeping them in
 * memory would take 100 MB for a million files.
 */
function isConflict(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
  return code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR';
}

/** An archive that came before may have made it; then it is a directory, since links are made last of all. */
function makeDirectory(path: string): void {
  attempt(`could not create directory "${path}"`, () => {
    try {
      mkdirSync(path, { mode: OWNER_DIRECTORY_MODE });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  });
}
