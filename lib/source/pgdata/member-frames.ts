/**
 * One member of an archive after the other, from the files that they are: a member in, frames out. While a file is
 * read, its checksum for the manifest is computed, and its pages are checked.
 */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { type Checksum, type ChecksumAlgorithm, createChecksum } from '../../manifest/checksum.ts';
import type { ManifestComposer } from '../../manifest/composer.ts';
import type { DataFrame } from '../../stream/frame.ts';
import { ARCHIVE_END } from '../../tar/reader.ts';
import { memberHeader, type NewMember } from '../../tar/writer.ts';
import type { Cluster } from './cluster.ts';
import { Packer } from './packer.ts';
import type { PageCheck } from './page-check.ts';
import { isMissing, type TreeMember } from './walk.ts';

const ZEROS = Buffer.alloc(64 * 1024);

/** What is done with files besides reading them. */
export interface FileUse {
  /** Undefined if there is to be no manifest. */
  readonly manifest: ManifestComposer | undefined;
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined if pages have no checksums, or are not to be checked. */
  readonly pages: PageCheck | undefined;
  /** Whether files may shrink or disappear, as WAL will tell; else nothing may change. */
  readonly running: boolean;
}

/** A file that is made for the backup, as the server makes it (sendFileWithContent()). */
export function newFile({ modes, owner }: Cluster, path: string, contents: Buffer): NewMember {
  const mtime = Math.floor(Date.now() / 1000);
  return { path, kind: 'file', size: contents.length, mode: modes.file, ...owner, mtime };
}

/** The members of one archive. */
export class MemberFrames {
  readonly #packer = new Packer();
  readonly #prefix: string;
  readonly #use: FileUse;

  /** The prefix makes paths in the archive those of the data directory. */
  constructor(prefix: string, use: FileUse) {
    this.#prefix = prefix;
    this.#use = use;
  }

  /**
   * A member and, if it is a file, its contents. Of a running server, what is missing of a file is filled with zeros, and a
   * file that is not there any more is left out; else throws TroubleError if the file changes while it is read.
   */
  *add(member: TreeMember): Generator<DataFrame, void, undefined> {
    if (member.kind === 'file') yield* this.#file(member, true);
    else yield* this.#packer.bytes(memberHeader(member));
  }

  /** A segment of WAL, which has no line in the manifest. */
  addWal(member: TreeMember): Generator<DataFrame, void, undefined> {
    return this.#file(member, false);
  }

  /** A file that is not there, with these contents. */
  *addContents(member: NewMember, contents: Buffer): Generator<DataFrame, void, undefined> {
    yield* this.#packer.bytes(memberHeader(member));
    yield* this.#packer.bytes(contents);
    yield* this.#packer.padding(contents.length);
    const checksum = createChecksum(this.#use.algorithm);
    checksum.update(contents);
    this.#list(member, checksum.digest());
  }

  /** The archive ends. */
  *end(): Generator<DataFrame, void, undefined> {
    yield* this.#packer.bytes(ARCHIVE_END);
    yield* this.#packer.flush();
  }

  *#file(member: TreeMember, listed: boolean): Generator<DataFrame, void, undefined> {
    const { source, size } = member;
    const { running } = this.#use;
    const fd = openMember(source, running && listed);
    if (fd === undefined) return;
    try {
      yield* this.#packer.bytes(memberHeader(member));
      const checksum = createChecksum(listed ? this.#use.algorithm : 'NONE');
      const pages = this.#use.pages?.open(this.#prefix + member.path);
      const see = (piece: Buffer) => {
        checksum.update(piece);
        pages?.push(piece);
      };
      const done = yield* this.#packer.file({ fd, path: source, size }, see);
      if (!running) insistOnUnchanged(fd, member);
      yield* this.#zeros(size - done, checksum);
      yield* this.#packer.padding(size);
      if (pages !== undefined) this.#use.pages?.close(this.#prefix + member.path, pages);
      if (listed) this.#list(member, checksum.digest());
    } finally {
      closeSync(fd);
    }
  }

  *#zeros(bytes: number, checksum: Checksum): Generator<DataFrame, void, undefined> {
    for (let rest = bytes; rest > 0; rest -= ZEROS.length) {
      const piece = ZEROS.subarray(0, rest);
      checksum.update(piece);
      yield* this.#packer.bytes(piece);
    }
  }

  #list({ path, size, mtime }: NewMember, checksum: string): void {
    const { manifest, algorithm } = this.#use;
    manifest?.add({ path: this.#prefix + path, size, mtime, algorithm, checksum });
  }
}

/** Undefined if it is not there and need not be. */
function openMember(source: string, mayBeMissing: boolean): number | undefined {
  try {
    return attempt(`could not open file "${source}"`, () => openSync(encodeName(source), 'r'));
  } catch (error) {
    if (mayBeMissing && isMissing(error)) return undefined;
    throw error;
  }
}

function insistOnUnchanged(fd: number, { source, stats }: TreeMember): void {
  const now = attempt(`could not stat file "${source}"`, () => fstatSync(fd));
  if (now.ino === stats.ino && now.size === stats.size && now.mtimeMs === stats.mtimeMs) return;
  throw new TroubleError(`file "${source}" was changed while it was read`, {
    detail: 'A backup of a stopped server is good only if nobody changes its files meanwhile.',
  });
}
