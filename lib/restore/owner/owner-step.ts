/**
 * Gives what was extracted to the user whose server it is to be, since a server starts from no data directory that
 * belongs to another user (checkDataDir() in src/backend/utils/init/miscinit.c). Only root can.
 *
 * Files are given away when they are made, directories when all is there, from below: as long as a directory is
 * root's, nobody can put a link into it that would lead root elsewhere.
 */

import { lchownSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { readDirectory } from '../../io/read-directory.ts';
import type { Owner } from '../../store/file-writer.ts';
import type { MemberOwner } from '../../tar/member.ts';
import type { RestoreStep, Unpacked } from '../step.ts';
import { chosenOwner, type NamedOwner, namedOwner, type OwnerChoice } from './owner.ts';

/** The step that gives the files to the owner who was chosen, or whom the archives name, as far as it may. */
export class OwnerStep implements RestoreStep {
  #owner: NamedOwner | undefined;
  #decided: boolean;

  /** Throws TroubleError if an owner was chosen who does not exist, or if the user may not choose one. */
  constructor(choice: OwnerChoice | undefined) {
    const isRoot = process.geteuid?.() === 0;
    this.#decided = choice !== undefined || !isRoot;
    if (choice === undefined) return;
    if (!isRoot) throw new TroubleError('could not give files to another user: only root may use --owner');
    this.#owner = chosenOwner(choice);
  }

  /** The user whom the files were given to; undefined if they belong to the user who runs this. */
  get user(): string | undefined {
    return this.#owner?.user;
  }

  /** The first archive decides for all. */
  chooseOwner(member: MemberOwner): Owner | undefined {
    if (!this.#decided) this.#owner = namedOwner(member);
    this.#decided = true;
    return this.#owner;
  }

  complete({ targets }: Unpacked): void {
    if (this.#owner === undefined) return;
    for (const { path, parentsMade } of targets.all) {
      giveDirectory(path, this.#owner, true);
      for (const parent of parentsMade) give(parent, this.#owner);
    }
  }
}

/** A directory and what of it has not been given yet: at the top there are files that are from no archive. */
function giveDirectory(directory: string, owner: Owner, isTop: boolean): void {
  const entries = attempt(`could not read directory "${directory}"`, () => readDirectory(directory));
  for (const entry of entries) {
    if (entry.kind === 'directory') giveDirectory(`${directory}/${entry.name}`, owner, false);
    else if (isTop || entry.kind === 'symlink') give(`${directory}/${entry.name}`, owner);
  }
  give(directory, owner);
}

function give(path: string, { uid, gid }: Owner): void {
  attempt(`could not change owner of "${path}"`, () => lchownSync(encodeName(path), uid, gid));
}
