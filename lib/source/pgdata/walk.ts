/**
 * Walks through a data directory, or through a tablespace, as the server does when it sends a backup (sendDir() in
 * src/backend/backup/basebackup.c): a directory in, the members of its archive out, in the order in which the system
 * lists them. Nothing is read but names and what the system knows of each file.
 */

import { lstatSync, type Stats } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { namesInOrder } from '../../io/names-in-order.ts';
import { CONTROL_FILE, TABLESPACES_DIRECTORY, WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import type { NewMember } from '../../tar/writer.ts';
import { isEmptied, isLeftOut, isTemporaryRelation, isUnloggedRelation } from './left-out.ts';

/** A member, and where its contents are. */
export interface TreeMember extends NewMember {
  readonly source: string;
  readonly stats: Stats;
}

/** What there is to know of the data directory. */
export interface WalkRules {
  /** The permission bits of the server's directories, for links in their place. */
  readonly directoryMode: number;
  /** Directories in pg_wal, which stay while its files do not. */
  readonly walDirectories: readonly string[];
  /** Paths of tablespaces that lie in the data directory, but have archives of their own. */
  readonly tablespaces: ReadonlySet<string>;
  /** Is told of what is neither file nor directory. */
  readonly skipped: (path: string) => void;
  /**
   * Whether the server runs: what disappears meanwhile is no error, and unlogged relations are left out, which recovery
   * makes anew from their init forks.
   */
  readonly running: boolean;
}

const PERMISSION_BITS = 0o7777;

/**
 * The members of base.tar, except for those that do not stand in their place: all in pg_tblspc, the control file, which
 * comes after all others, and WAL. Throws TroubleError for what cannot be read.
 */
export function walkDataDirectory(root: string, rules: WalkRules): Generator<TreeMember, void, undefined> {
  return new Walk(root, rules).directory('');
}

/** The members of a tablespace's archive: the directory that it has for the server's version, and what is in it. */
export function* walkTablespace(
  location: string,
  version: string,
  rules: WalkRules,
): Generator<TreeMember, void, undefined> {
  const walk = new Walk(location, { ...rules, tablespaces: new Set() });
  yield member(version, `${location}/${version}`);
  yield* walk.directory(version);
}

/** A file, directory or link as a member; what the path is in the archive, and where that is. */
export function member(path: string, source: string): TreeMember {
  return memberOf(
    path,
    source,
    attempt(statOf(source), () => lstatSync(encodeName(source))),
  );
}

/** The same; undefined if there is nothing of that name. */
function memberIfThere(path: string, source: string): TreeMember | undefined {
  const stats = attempt(statOf(source), () => lstatSync(encodeName(source), { throwIfNoEntry: false }));
  return stats && memberOf(path, source, stats);
}

function statOf(source: string): string {
  return `could not stat file or directory "${source}"`;
}

function memberOf(path: string, source: string, stats: Stats): TreeMember {
  const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'file';
  return {
    path,
    kind,
    size: kind === 'file' ? stats.size : 0,
    mode: stats.mode & PERMISSION_BITS,
    uid: stats.uid,
    gid: stats.gid,
    mtime: Math.floor(stats.mtimeMs / 1000),
    source,
    stats,
  };
}

class Walk {
  readonly #root: string;
  readonly #rules: WalkRules;

  constructor(root: string, rules: WalkRules) {
    this.#root = root;
    this.#rules = rules;
  }

  /** What is in a directory, by its path in the archive. */
  *directory(path: string): Generator<TreeMember, void, undefined> {
    const names = this.#names(path === '' ? this.#root : `${this.#root}/${path}`);
    const has = (name: string) => names.has(name);
    for (const name of names) {
      const below = path === '' ? name : `${path}/${name}`;
      if (isLeftOut(name) || isTemporaryRelation(path, name) || below === CONTROL_FILE) continue;
      if (this.#rules.running && isUnloggedRelation(path, name, has)) continue;
      yield* this.#entry(below, name);
    }
  }

  #names(full: string): ReadonlySet<string> {
    try {
      return new Set(namesInOrder(full));
    } catch (error) {
      if (this.#rules.running && isMissing(error)) return new Set();
      throw error;
    }
  }

  *#entry(path: string, name: string): Generator<TreeMember, void, undefined> {
    const full = `${this.#root}/${path}`;
    const found = this.#rules.running ? memberIfThere(path, full) : member(path, full);
    if (found === undefined) return;
    const { stats } = found;
    if (isEmptied(name) && !stats.isFile()) yield this.#asDirectory(found);
    else if (path === WAL_DIRECTORY) yield* this.#walDirectory(found);
    else if (path === TABLESPACES_DIRECTORY) yield* this.#rules.running ? [found] : [];
    else if (stats.isDirectory()) {
      yield found;
      if (!this.#rules.tablespaces.has(path)) yield* this.directory(path);
    } else if (stats.isFile()) yield found;
    else this.#rules.skipped(path);
  }

  /** The directories in it have its owner and time, and a path with a dot, as the server writes them. */
  *#walDirectory(found: TreeMember): Generator<TreeMember, void, undefined> {
    const directory = this.#asDirectory(found);
    yield directory;
    for (const name of this.#rules.walDirectories)
      yield { ...directory, path: `./${directory.path}/${name}` };
  }

  /** A link to a directory elsewhere is a directory in the backup (convert_link_to_directory()). */
  #asDirectory(found: TreeMember): TreeMember {
    if (found.kind !== 'symlink') return found;
    return { ...found, kind: 'directory', mode: this.#rules.directoryMode };
  }
}

/** Whether the system has said so of a path. */
export function isMissing(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}
