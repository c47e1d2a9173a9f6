/**
 * The names of an archive's members: paths in normal form (safe-path.ts) in, complaints out. No two members may have
 * the same path, even if one is a file and the other a directory, and none may lie below a file or a link. No server
 * sends such a tar, and readers would differ in which of the members they take.
 *
 * All names are kept in memory, 100 MB for a million of them. Code that writes members to a file system does not need
 * this: the file system refuses them.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { Member, MemberKind } from './member.ts';
import { parentOf, ROOT, safePath } from './safe-path.ts';

/** The names in one archive. */
export class MemberNames {
  readonly #archive: string;
  /** Paths of files and links. */
  readonly #files = new Set<string>();
  /** Paths of directories, and whether they were members; the others are only parents of members. */
  readonly #directories = new Map([[ROOT, false]]);
  /** The directory of the last member, since members of a directory mostly follow each other. */
  #parent = ROOT;

  constructor(archive: string) {
    this.#archive = archive;
  }

  /**
   * Adds a member, and returns its path in normal form. Throws BackupError for a name that leads anywhere else, and for a
   * member that cannot be beside the others.
   */
  take(member: Pick<Member, 'path' | 'kind'>): string {
    const path = safePath(this.#archive, member.path);
    const complaint = this.add(path, member.kind);
    if (complaint !== undefined) throw new BackupError(`member "${path}" ${complaint}`);
    return path;
  }

  /** Adds a member. Returns what is wrong with it, to follow its name in a message; undefined if nothing is. */
  add(path: string, kind: MemberKind): string | undefined {
    const parent = parentOf(path);
    if (parent !== this.#parent && !this.#enter(parent))
      return `lies below a file in archive "${this.#archive}"`;
    this.#parent = parent;
    const isNew = kind === 'directory' ? this.#addDirectory(path) : this.#addFile(path);
    return isNew ? undefined : `is present in archive "${this.#archive}" a second time`;
  }

  /** Whether that, and all above it, can be directories. */
  #enter(path: string): boolean {
    if (this.#directories.has(path)) return true;
    if (this.#files.has(path) || !this.#enter(parentOf(path))) return false;
    this.#directories.set(path, false);
    return true;
  }

  #addDirectory(path: string): boolean {
    if (this.#files.has(path) || this.#directories.get(path)) return false;
    this.#directories.set(path, true);
    return true;
  }

  #addFile(path: string): boolean {
    if (this.#directories.has(path)) return false;
    const { size } = this.#files;
    return this.#files.add(path).size > size;
  }
}
