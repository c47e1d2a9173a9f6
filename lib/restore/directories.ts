/**
 * The directories that one archive is unpacked into: each is made when it is first needed, with those above it that
 * the archive has left out. Called for each member, and therefore with an eye on the time that it takes.
 */

import type { TargetDirectory } from '../store/target-directory.ts';
import { parentOf, ROOT } from '../tar/safe-path.ts';

/** Where an archive is unpacked. */
export interface ArchiveTarget {
  readonly directory: TargetDirectory;
  /** The directory within the directory, empty for the directory itself. */
  readonly below: string;
}

/** Says where the paths in the archive are. */
export class Directories {
  readonly #directory: TargetDirectory;
  readonly #below: string;
  /** The directory of the last file. */
  #parent = ROOT;

  constructor({ directory, below }: ArchiveTarget) {
    this.#directory = directory;
    this.#below = below;
  }

  /** Where a file is to be created; the directory is there. */
  placeFile(path: string): string {
    const name = this.#within(path);
    const parent = parentOf(name);
    // Files of a directory mostly follow each other, and comparing is cheaper than looking up.
    if (parent !== this.#parent) this.#directory.makeDirectory(parent);
    this.#parent = parent;
    return this.#full(name);
  }

  /** The file that was placed last has been created. */
  claimFile(path: string): void {
    if (this.#parent === ROOT) this.#directory.claim(path);
  }

  /** Makes the directory unless it is there; returns where it is. */
  make(path: string): string {
    const name = this.#within(path);
    this.#directory.makeDirectory(name);
    return this.#full(name);
  }

  #within(path: string): string {
    if (this.#below === '') return path;
    return path === ROOT ? this.#below : `${this.#below}/${path}`;
  }

  #full(name: string): string {
    return `${this.#directory.path}/${name}`;
  }
}
