/**
 * Members of the result as bytes: from the plan, the spool and the full backup to headers, contents and padding. On the
 * way the checksums are computed that the new manifest needs.
 */

import { type Checksum, type ChecksumAlgorithm, createChecksum } from '../manifest/checksum.ts';
import type { NewEntry } from '../manifest/rewrite.ts';
import { paddingBytes } from '../tar/member.ts';
import { memberHeader } from '../tar/writer.ts';
import { Merge } from './merge.ts';
import { type MadeMember, type RebuiltMember, type SpooledMember, spooledBytes } from './planned-archive.ts';
import type { CombineSpool } from './spool.ts';

/** How checksums are computed. */
export interface ChecksumChoice {
  readonly algorithm: ChecksumAlgorithm;
  /** Whether files that stay as they are need new ones. */
  readonly ofAll: boolean;
}

/** Writes members. */
export class MemberOutput {
  readonly #spool: CombineSpool;
  readonly #choice: ChecksumChoice;
  readonly #entries: Map<string, NewEntry>;

  /** The entries of files that stay as they are go into the map. */
  constructor(spool: CombineSpool, choice: ChecksumChoice, entries: Map<string, NewEntry>) {
    this.#spool = spool;
    this.#choice = choice;
    this.#entries = entries;
  }

  /** A member that needs nothing of the full backup. */
  *stored(member: MadeMember | SpooledMember): Generator<Buffer, void, undefined> {
    if (member.kind === 'made') yield member.bytes;
    else if (this.#choice.ofAll) yield* this.#hashed(member);
    else yield* this.#spool.read(member.offset, spooledBytes(member));
  }

  /** Begins a file that is merged from the full backup and the spool. */
  merged(member: RebuiltMember): MergedMember {
    return new MergedMember(member, this.#choice.algorithm);
  }

  *#hashed(member: SpooledMember): Generator<Buffer, void, undefined> {
    const { path, offset, headerBytes, size } = member;
    const { algorithm } = this.#choice;
    const checksum = createChecksum(algorithm);
    yield* this.#spool.read(offset, headerBytes);
    yield* through(checksum, this.#spool.read(offset + headerBytes, size));
    yield Buffer.alloc(paddingBytes(size));
    this.#entries.set(path, { path, size, algorithm, checksum: checksum.digest() });
  }
}

/** A file that goes out while the full backup's passes. */
export class MergedMember {
  readonly #member: RebuiltMember;
  readonly #merge: Merge;
  readonly #checksum: Checksum;

  constructor(member: RebuiltMember, algorithm: ChecksumAlgorithm) {
    this.#member = member;
    this.#merge = new Merge(member.file);
    this.#checksum = createChecksum(algorithm);
  }

  header(): Buffer {
    const { member, file } = this.#member;
    return memberHeader({ ...member, size: file.length });
  }

  /** Takes bytes of the full backup's file. */
  push(bytes: Buffer): Generator<Buffer, void, undefined> {
    return through(this.#checksum, this.#merge.push(bytes));
  }

  /** No more bytes come. */
  *end(): Generator<Buffer, void, undefined> {
    const { file } = this.#member;
    yield* through(this.#checksum, this.#merge.end());
    file.finish();
    file.pages.noteChecksum(this.#checksum.digest());
    yield Buffer.alloc(paddingBytes(file.length));
  }
}

function* through(checksum: Checksum, pieces: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  for (const piece of pieces) {
    checksum.update(piece);
    yield piece;
  }
}
