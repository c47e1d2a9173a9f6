/**
 * The members of all archives of a backup, by the rules of a restore: frames in; files and directories out, by their
 * paths in the data directory, each file with the name that it is created under. What no server sends is refused.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { FileChange } from '../../manifest/entry.ts';
import { BaseRules } from '../../restore/base-rules.ts';
import { plainRules, type Rules } from '../../restore/rules.ts';
import { type Receiver, receive } from '../../sink/receive.ts';
import type { ContentsSink } from '../../store/file-writer.ts';
import { memberPrefix, parseArchiveName } from '../../stream/archive-name.ts';
import type { ArchiveFrame, BackupHead, Frame } from '../../stream/frame.ts';
import {
  isInPlace,
  pathInDataDirectory,
  type Tablespace,
  tablespacesOf,
} from '../../tablespaces/tablespace.ts';
import type { Member } from '../../tar/member.ts';
import { quoted } from '../../terminal/visible.ts';
import { ArchiveMembers } from './archive-members.ts';
import { NEW_SUFFIX, OWN_NAMES } from './names.ts';

/** Takes them. */
export interface MemberTaker {
  directory?(path: string, member: Member): void;
  /** Says what takes the contents of a file; undefined to drop them. */
  file(path: string, name: string, member: Member): ContentsSink | undefined;
  /** Contents of the manifest. */
  manifest?(parts: readonly Buffer[]): void;
}

/** What a backup says of itself, besides its files. */
export interface BackupStatement {
  readonly tablespaces: readonly Tablespace[];
  /** What its manifest must not have any more, as it is not restored. */
  readonly changes: readonly FileChange[];
}

/** Reads a backup to its end. Throws BackupError if it is not one, and what the frames and the taker throw. */
export async function readMembers(
  frames: AsyncIterable<Frame>,
  taker: MemberTaker,
): Promise<BackupStatement> {
  const members = new BackupMembers(taker);
  await receive(frames, members);
  return members.end();
}

class BackupMembers implements Receiver {
  readonly #taker: MemberTaker;
  #tablespaces: readonly Tablespace[] = [];
  #base: BaseRules | undefined;
  /** Archives that have begun, by their names: WAL may be resumed. */
  readonly #archives = new Map<string, ArchiveMembers>();
  /** Undefined in the manifest. */
  #current: ArchiveMembers | undefined;

  constructor(taker: MemberTaker) {
    this.#taker = taker;
  }

  begin(head: BackupHead): void {
    this.#tablespaces = tablespacesOf(head);
  }

  beginArchive({ name, resumed }: ArchiveFrame): void {
    if (!resumed) this.#archives.set(name, this.#open(name));
    this.#current = this.#archives.get(name);
  }

  endArchive(name: string): void {
    this.#archives.get(name)?.end();
  }

  beginManifest(): void {
    this.#current = undefined;
  }

  endManifest(): void {}

  push(parts: readonly Buffer[]): void {
    if (this.#current === undefined) this.#taker.manifest?.(parts);
    else this.#current.push(parts);
  }

  end(): BackupStatement {
    if (this.#base === undefined) throw new BackupError('archive "base.tar" is missing');
    this.#base.insistOnComplete();
    return { tablespaces: this.#tablespaces, changes: this.#base.changes };
  }

  #open(name: string): ArchiveMembers {
    const archive = parseArchiveName(name);
    if (archive === undefined) throw new BackupError(`unexpected archive name ${quoted(name)}`);
    if (archive.oid !== undefined && !this.#tablespaces.some(({ oid }) => oid === archive.oid))
      throw new BackupError(`tablespace ${archive.oid} was not announced`);
    if (archive.kind === 'base') this.#base = baseRules(this.#tablespaces);
    const rules = archive.kind === 'base' && this.#base !== undefined ? this.#base : plainRules(name);
    const prefix = memberPrefix(archive);
    return new ArchiveMembers(name, (path, member) => this.#begin(rules, prefix, path, member));
  }

  #begin(rules: Rules, prefix: string, path: string, member: Member): ContentsSink | undefined {
    rules.see(path, member);
    if (OWN_NAMES.includes(prefix + path)) throw new BackupError(`unexpected file "${prefix}${path}"`);
    if (member.kind === 'directory') this.#taker.directory?.(prefix + path, member);
    if (member.kind !== 'file') return undefined;
    const name = rules.fileName(path);
    if (name === undefined) return rules.leftOut(path);
    return this.#taker.file(prefix + path, prefix + name, member);
  }
}

function baseRules(tablespaces: readonly Tablespace[]): BaseRules {
  const targets = tablespaces.map((tablespace) => {
    const linked = !isInPlace(tablespace);
    return { ...tablespace, directory: pathInDataDirectory(tablespace.oid), linked, inMap: linked };
  });
  return new BaseRules(targets, { linked: true, suffix: NEW_SUFFIX });
}
