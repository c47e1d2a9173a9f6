/**
 * Extracts a part of a backup: the files that match one of the patterns of --only, if there are any, and none of those
 * of --exclude. Of a directory that does not match, as much is made as the files in it need.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { RestoreStep, Unpacked } from '../step.ts';
import { Patterns } from './patterns.ts';

/** Which files to extract. */
export interface SelectionChoice {
  readonly only: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * What a server cannot do without, or takes for lost data. The rest of a data directory are logs of the server, and
 * whatever else has been put there.
 */
const NEEDED =
  /^(?:base|global|pg_(?!log(?:\/|$)|ident\.conf$)[^/]+|PG_VERSION|backup_label|postgresql\.conf)(?:\/|$)/;

/** The step that leaves files out. */
export class SelectionStep implements RestoreStep {
  readonly #only: Patterns | undefined;
  readonly #exclude: Patterns;
  #files = 0;
  #leftOut = 0;
  #startable = true;

  constructor({ only, exclude }: SelectionChoice) {
    this.#only = only.length > 0 ? new Patterns(only) : undefined;
    this.#exclude = new Patterns(exclude);
  }

  /** How many files there were, and how many of them were left out. */
  get files(): number {
    return this.#files;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether a server can be started from what was extracted, if it could be from the whole. */
  get startable(): boolean {
    return this.#startable;
  }

  get partial(): boolean {
    return this.#leftOut > 0;
  }

  keeps(path: string): boolean {
    return (this.#only?.cover(path) ?? true) && !this.#exclude.cover(path);
  }

  see(path: string, kind: 'file' | 'directory', kept: boolean): void {
    this.#only?.see(path);
    if (kind === 'file') this.#files++;
    if (kept) return;
    if (kind === 'file') this.#leftOut++;
    this.#startable &&= !NEEDED.test(path);
  }

  /** Throws TroubleError for a pattern that has chosen nothing, which is a mistake. */
  complete({ targets }: Unpacked): void {
    // Where tablespace_map has a tablespace, the server wants to put a link.
    if (targets.tablespaces.some(({ linked, inMap }) => inMap && !linked)) this.#startable = false;
    const unused = this.#only?.unused;
    if (unused !== undefined)
      throw new TroubleError(`no file or directory of the backup matches "${unused}"`);
  }
}
