/**
 * The directories that an extraction fills: the data directory, one for WAL if that is to lie elsewhere, and one for
 * each tablespace that does not lie in the data directory. Tells for each archive where it belongs. If the extraction
 * fails, removes what was made.
 */

import { symlinkSync } from 'node:fs';
import { BackupError } from '../errors/backup-error.ts';
import { attempt, systemTrouble } from '../errors/system-trouble.ts';
import { TABLESPACES_DIRECTORY, WAL_DIRECTORY } from '../postgres/data-directory.ts';
import { insistOnEmpty, TargetDirectory } from '../store/target-directory.ts';
import type { ArchiveName } from '../stream/archive-name.ts';
import type { TablespaceMapping } from '../tablespaces/mapping.ts';
import { pathInDataDirectory, type Tablespace } from '../tablespaces/tablespace.ts';
import { insistOnLocations } from './check-locations.ts';
import type { ArchiveTarget } from './directories.ts';
import { chooseDirectories, type TablespaceTarget, type Target } from './tablespace-targets.ts';

/** The directories of one extraction. */
export class TargetDirectories {
  readonly tablespaces: readonly TablespaceTarget[];
  readonly #directory: string;
  readonly #waldir: string | undefined;
  readonly #directories = new Map<string, TargetDirectory>();

  /**
   * Makes nothing. Throws what chooseDirectories() does, and TroubleError if a directory has anything in it or cannot
   * be made.
   */
  constructor(target: Target, tablespaces: readonly Tablespace[], mappings: readonly TablespaceMapping[]) {
    this.#directory = target.directory;
    this.#waldir = target.waldir;
    this.tablespaces = chooseDirectories(target, tablespaces, mappings);
    if (this.#waldir !== undefined) insistOnEmpty(this.#waldir);
    insistOnLocations(this.#directory, this.#linked);
  }

  /** Makes what is not there. If this fails, some of it may have been made. */
  open(): void {
    for (const path of this.#paths) this.#directories.set(path, TargetDirectory.open(path));
    // Before anything is unpacked, so that all of pg_wal goes there, from whatever archive.
    if (this.#waldir !== undefined) this.data.linkDirectory(WAL_DIRECTORY, this.#waldir);
  }

  /** The data directory. */
  get data(): TargetDirectory {
    return this.#opened(this.#directory);
  }

  /** All of them. */
  get all(): readonly TargetDirectory[] {
    return [...this.#directories.values()];
  }

  /** Where the members of an archive go. */
  destination({ kind, oid }: ArchiveName): ArchiveTarget {
    if (kind === 'base') return { directory: this.data, below: '' };
    if (kind === 'wal') return { directory: this.data, below: WAL_DIRECTORY };
    const tablespace = this.tablespaces.find((candidate) => candidate.oid === oid);
    if (tablespace === undefined) throw new BackupError(`tablespace ${oid} was not announced`);
    if (!tablespace.linked) return { directory: this.data, below: pathInDataDirectory(tablespace.oid) };
    return { directory: this.#opened(tablespace.directory), below: '' };
  }

  /** Makes the links to the tablespaces. */
  link(): void {
    const links = `${this.#directory}/${TABLESPACES_DIRECTORY}`;
    if (this.#linked.length > 0) this.data.makeDirectory(TABLESPACES_DIRECTORY);
    for (const { oid, directory } of this.#linked) link(directory, `${links}/${oid}`);
  }

  /**
   * Removes all that was made, and says what that was; what cannot be removed is only told, since a failure led here
   * that is the one to be known.
   */
  remove(warn: (complaint: string) => void): readonly string[] {
    const removed: string[] = [];
    // What was written through the link was not taken note of there; the directory was empty before.
    if (this.#waldir !== undefined) this.#directories.get(this.#waldir)?.claimAll();
    for (const directory of this.all.toReversed()) {
      try {
        attempt(`could not remove what was written to "${directory.path}"`, () => directory.remove());
        removed.unshift(directory.removal);
      } catch (error) {
        warn((error as Error).message);
      }
    }
    return removed;
  }

  /** All directories, the data directory first. */
  get #paths(): readonly string[] {
    const waldir = this.#waldir === undefined ? [] : [this.#waldir];
    return [this.#directory, ...waldir, ...this.#linked.map(({ directory }) => directory)];
  }

  get #linked(): readonly TablespaceTarget[] {
    return this.tablespaces.filter(({ linked }) => linked);
  }

  #opened(path: string): TargetDirectory {
    const directory = this.#directories.get(path);
    if (directory === undefined) throw new Error(`directory "${path}" was not opened`);
    return directory;
  }
}

function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new BackupError(`archive "base.tar" has members where a tablespace is linked, "${path}"`, {
        cause: error,
      });
    }
    throw systemTrouble(`could not create symbolic link from "${path}" to "${target}"`, error);
  }
}
