/**
 * Gives what was extracted to the user whose server it is to be, since a server starts from no data directory that
 * belongs to somebody else (checkDataDir() in src/backend/utils/init/miscinit.c). Only root can.
 *
 * It is done when all is there, from below: as long as a directory is root's, nobody can put a link into it that would
 * lead root elsewhere.
 */

import { lchownSync } from 'node:fs';
import { setImmediate as letSignalsIn } from 'node:timers/promises';
import { TroubleError } from '../cli/trouble.ts';
import { attempt } from '../io/system-trouble.ts';
import type { Amendment, Unpacked } from '../sink/extract/amend.ts';
import type { Site } from '../sink/extract/site.ts';
import { tree } from '../sink/extract/tree.ts';
import { chosenOwner, namedOwner, type Owner, type OwnerChoice } from './owner.ts';

/** So many files between two looks at whether a signal has come. */
const FILES_AT_ONCE = 1000;

/** The amendment that gives the files to the owner who was chosen, or whom the archive names, as far as it may. */
export class Ownership implements Amendment {
  readonly #mayGive = process.geteuid?.() === 0;
  readonly #signal: AbortSignal;
  #owner: Owner | undefined;

  /** Throws TroubleError if an owner was chosen who does not exist, or by somebody who may not choose. */
  constructor(choice: OwnerChoice | undefined, signal: AbortSignal) {
    this.#signal = signal;
    if (choice === undefined) return;
    if (!this.#mayGive)
      throw new TroubleError('could not give files to another user: only root may use --owner');
    this.#owner = chosenOwner(choice);
  }

  /** Whose the files are; undefined if they are those of whoever made them. */
  get user(): string | undefined {
    return this.#owner?.user;
  }

  async complete({ site, owner }: Unpacked): Promise<void> {
    if (!this.#mayGive) return;
    if (owner !== undefined) this.#owner ??= namedOwner(owner);
    if (this.#owner !== undefined) await give(site, this.#owner, this.#signal);
  }
}

async function give(site: Site, { uid, gid }: Owner, signal: AbortSignal): Promise<void> {
  let given = 0;
  for (const path of everything(site)) {
    attempt(`could not change owner of file "${path}"`, () => lchownSync(path, uid, gid));
    if (++given % FILES_AT_ONCE !== 0) continue;
    await letSignalsIn();
    signal.throwIfAborted();
  }
}

function* everything({ folders }: Site): Generator<string, void, undefined> {
  for (const folder of folders) {
    for (const { path } of tree(folder.path)) yield path;
    yield* folder.parentsMade;
  }
}
