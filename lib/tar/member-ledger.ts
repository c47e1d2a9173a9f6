/**
 * Which members an archive has had: a second one of the same name, and one below a file or symbolic link, are
 * refused, since unpacking them would overwrite what was unpacked before, or write elsewhere.
 *
 * All paths are kept in memory, about 100 bytes each: a cluster of a million files takes 100 MB. That is the
 * price for not having to trust the archive's order.
 */

import { BackupError } from '../backup/error.ts';
import type { MemberKind } from './member.ts';
import { ROOT } from './safe-path.ts';

/** 'implied': a directory that was not sent, but has members. */
type Entry = MemberKind | 'implied';

/** The members of one archive. */
export class MemberLedger {
  readonly #archive: string;
  readonly #entries = new Map<string, Entry>([[ROOT, 'implied']]);

  constructor(archive: string) {
    this.#archive = archive;
  }

  /** Enters a member by its normal path (safe-path.ts). Throws BackupError if it cannot stand beside the others. */
  add(path: string, kind: MemberKind): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined && !(entry === 'implied' && kind === 'directory')) {
      throw this.#conflict(path, entry === 'implied' ? 'has members below it' : 'is there twice');
    }
    this.#enterParents(path);
    this.#entries.set(path, kind);
  }

  /** Members of a folder mostly follow each other, so that the first look up finds what it is looking for. */
  #enterParents(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const entry = this.#entries.get(parent);
      if (entry === 'directory' || entry === 'implied') return;
      if (entry !== undefined) throw this.#conflict(path, `is below ${JSON.stringify(parent)}, a ${entry}`);
      this.#entries.set(parent, 'implied');
    }
  }

  #conflict(path: string, complaint: string): BackupError {
    return new BackupError(
      `conflicting member in archive "${this.#archive}": ${JSON.stringify(path)} ${complaint}`,
    );
  }
}
