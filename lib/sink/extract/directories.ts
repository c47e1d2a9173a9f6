/**
 * The directories that one archive is unpacked into: each is made when it is first needed, with those above it that
 * the archive has left out. Called for each member, and therefore with an eye on the time that it takes.
 */

import { mkdirSync } from 'node:fs';
import { attempt } from '../../io/system-trouble.ts';
import { ROOT } from '../../tar/safe-path.ts';
import { type Folder, OWNER_DIRECTORY_MODE } from '../folder.ts';

/** Where an archive is unpacked. */
export interface Destination {
  readonly folder: Folder;
  /** The directory within the folder, empty for the folder itself. */
  readonly below: string;
}

/** Gives the paths in the archive their places. */
export class Directories {
  readonly #folder: Folder;
  readonly #below: string;
  /** Those that are there, by their path in the folder. */
  readonly #known = new Set([ROOT]);
  /** The directory of the last file. */
  #parent = ROOT;

  constructor({ folder, below }: Destination) {
    this.#folder = folder;
    this.#below = below;
  }

  /** Where a file is to be created; the directory is there. */
  placeFile(path: string): string {
    const name = this.#within(path);
    const parent = parentOf(name);
    // Files of a directory mostly follow each other, and comparing is cheaper than looking up.
    if (parent !== this.#parent) this.#insistOn(parent);
    this.#parent = parent;
    if (parent === ROOT) this.#folder.claim(name);
    return this.#full(name);
  }

  /** Makes the directory unless it is there; returns where it is. */
  make(path: string): string {
    const name = this.#within(path);
    this.#insistOn(name);
    return this.#full(name);
  }

  #insistOn(name: string): void {
    if (this.#known.has(name)) return;
    const parent = parentOf(name);
    this.#insistOn(parent);
    if (parent === ROOT) this.#folder.claim(name);
    this.#known.add(name);
    makeDirectory(this.#full(name));
  }

  #within(path: string): string {
    if (this.#below === '') return path;
    return path === ROOT ? this.#below : `${this.#below}/${path}`;
  }

  #full(name: string): string {
    return `${this.#folder.path}/${name}`;
  }
}

/** The directory that a path lies in. Not by dirname() of node:path, which takes its time. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ROOT : path.slice(0, slash);
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
