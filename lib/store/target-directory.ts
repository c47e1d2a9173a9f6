/**
 * A directory that a backup fills: of archives, the data directory, or a tablespace's location. It must be empty or not
 * be there yet, as for pg_basebackup (verify_dir_is_empty_or_create() in pg_basebackup.c), and is that again if
 * the extraction fails.
 */

import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt, systemTrouble } from '../errors/system-trouble.ts';
import { TroubleError } from '../errors/trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { readDirectory } from '../io/read-directory.ts';
import { parentOf, ROOT } from '../tar/safe-path.ts';
import { describeUse } from './directory-in-use.ts';

/** Full access for the owner, none for others: the mode of directories in most clusters. */
export const OWNER_DIRECTORY_MODE = 0o700;

/**
 * Throws TroubleError if the directory is there and has anything in it, or cannot be read. Tells whether it is there.
 */
export function insistOnEmpty(path: string): boolean {
  try {
    const names = readdirSync(path);
    if (names.length > 0) throw notEmpty(path, names);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error instanceof TroubleError
      ? error
      : systemTrouble(`could not access directory "${path}"`, error);
  }
}

function notEmpty(path: string, names: readonly string[]): TroubleError {
  const detail = describeUse(path, names);
  return new TroubleError(
    `directory "${path}" exists but is not empty`,
    detail === undefined ? {} : { detail },
  );
}

/** A directory to be filled. */
export class TargetDirectory {
  readonly path: string;
  /**
   * The directories in which open() made one, from the directory's parent upwards; none if it was there.
   * All but the last are its own making.
   */
  readonly holders: readonly string[];
  /** Names in it that are ours. */
  readonly #names = new Set<string>();
  /** Directories in it, and links to some, that this run has made. */
  readonly #made = new Set([ROOT]);
  /** Paths in it that are not ours, although they lie in what is. */
  readonly #foreign = new Set<string>();

  private constructor(path: string, holders: readonly string[]) {
    this.path = path;
    this.holders = holders;
  }

  /** Makes the directory, and those above it, unless it is there and empty. */
  static open(path: string): TargetDirectory {
    if (insistOnEmpty(path)) return new TargetDirectory(path, []);
    return attempt(`could not create directory "${path}"`, () => {
      const holders = makeParents(path);
      mkdirSync(path, { mode: OWNER_DIRECTORY_MODE });
      return new TargetDirectory(path, holders);
    });
  }

  /** Whether open() made it. */
  get created(): boolean {
    return this.holders.length > 0;
  }

  /** The directories above it that open() made, from below. */
  get parentsMade(): readonly string[] {
    return this.holders.slice(0, -1);
  }

  /** Takes note that what has this name in the directory is ours. */
  claim(name: string): void {
    this.#names.add(name);
  }

  /** Takes note that what has this path, somewhere in the directory, is not ours. */
  disclaim(path: string): void {
    this.#foreign.add(path);
  }

  /** Takes note that all that has got into it by now is ours. */
  claimAll(): void {
    for (const { name } of readDirectory(this.path)) this.#names.add(name);
  }

  /** Makes a directory in it, and those above, unless this run has. Throws TroubleError if it is there otherwise. */
  makeDirectory(name: string): void {
    if (this.#made.has(name)) return;
    this.makeDirectory(parentOf(name));
    const path = `${this.path}/${name}`;
    attempt(`could not create directory "${path}"`, () =>
      mkdirSync(encodeName(path), { mode: OWNER_DIRECTORY_MODE }),
    );
    this.#noteMade(name);
  }

  /** Makes a link to a directory, that files may go through. */
  linkDirectory(name: string, target: string): void {
    const path = `${this.path}/${name}`;
    attempt(`could not create symbolic link from "${path}" to "${target}"`, () => symlinkSync(target, path));
    this.#noteMade(name);
  }

  /** Sets the mode of the directory itself. */
  setMode(mode: number): void {
    attempt(`could not set permissions of directory "${this.path}"`, () => chmodSync(this.path, mode));
  }

  /** What remove() removes, in words. */
  get removal(): string {
    return this.created ? `"${this.path}"` : `what was written to "${this.path}"`;
  }

  /** Removes what is ours, and what open() made. */
  remove(): void {
    for (const name of this.#names) this.#removeTree(`${this.path}/${name}`);
    if (!this.created) return;
    for (const path of [this.path, ...this.parentsMade]) rmdirSync(path);
  }

  #noteMade(name: string): void {
    this.#made.add(name);
    if (parentOf(name) === ROOT) this.claim(name);
  }

  #removeTree(path: string): void {
    if (this.#foreign.has(path)) return;
    if (![...this.#foreign].some((foreign) => foreign.startsWith(`${path}/`)))
      rmSync(encodeName(path), { recursive: true, force: true });
    else for (const { name } of readDirectory(path)) this.#removeTree(`${path}/${name}`);
  }
}

/**
 * Makes the directories above the path that are not there; returns them from below, and then the one that was.
 * Not by `recursive`, with which Node.js never comes back where nothing can be made, as in /proc.
 */
function makeParents(path: string): string[] {
  const parent = dirname(path);
  if (parent === path || existsSync(parent)) return [parent];
  const above = makeParents(parent);
  mkdirSync(parent, { mode: OWNER_DIRECTORY_MODE });
  return [parent, ...above];
}
