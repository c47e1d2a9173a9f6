/**
 * One archive from its members: members in, data frames out. Members are gathered into jobs for the threads that read
 * files (filling-threads.ts), a few jobs ahead of what goes out; when it goes out, each file gets its line in the
 * manifest, and its pages are judged. Files that do not fit into a slab are opened here and read in parts.
 */

import { encodeName } from '../../io/file-name.ts';
import { type ChecksumAlgorithm, checksumOf } from '../../manifest/checksum.ts';
import type { ManifestComposer } from '../../manifest/composer.ts';
import type { DataFrame } from '../../stream/frame.ts';
import { TAR_BLOCK_BYTES } from '../../tar/header-fields.ts';
import { paddingBytes } from '../../tar/member.ts';
import { ARCHIVE_END } from '../../tar/reader.ts';
import { memberHeader, type NewMember } from '../../tar/writer.ts';
import { type FileIdentity, type FillItem, type FoundContents, SLAB_BYTES } from '../reading/fill-job.ts';
import { openFile } from '../reading/filler.ts';
import type { Filled, FillingThreads } from '../reading/filling-threads.ts';
import type { PageCheck } from './page-check.ts';
import { insistOnName, PartedFile } from './parted-file.ts';
import type { TreeMember } from './walk.ts';

/** What is done with files besides reading them. */
export interface FileUse {
  readonly threads: FillingThreads;
  /** Files that are open, to be closed if the backup fails. */
  readonly open: Set<number>;
  /** Undefined if there is to be no manifest. */
  readonly manifest: ManifestComposer | undefined;
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined if pages have no checksums, or are not to be checked. */
  readonly pages: PageCheck | undefined;
  /** Whether files may shrink or disappear, as WAL will tell; else nothing may change. */
  readonly running: boolean;
}

/** Is called when the item goes out, in order: with what was found, and with the slab that it is in. */
type WhenOut = (found: FoundContents | undefined, slab: Buffer) => void;

interface Pending {
  readonly filled: Promise<Filled>;
  readonly whenOut: readonly WhenOut[];
}

const NOTHING: WhenOut = () => {};
const ZEROS = Buffer.alloc(TAR_BLOCK_BYTES);

/** The members of one archive. Its end must be asked for. */
export class MemberFrames {
  readonly #prefix: string;
  readonly #use: FileUse;
  readonly #pending: Pending[] = [];
  /** The next job. */
  #items: FillItem[] = [];
  #whenOut: WhenOut[] = [];
  #bytes = 0;

  /** The prefix makes paths in the archive those of the data directory. */
  constructor(prefix: string, use: FileUse) {
    this.#prefix = prefix;
    this.#use = use;
  }

  /**
   * A member and, if it is a file, its contents. Of a running server, what is missing of a file is filled with zeros, and a
   * file that is not there any more is left out; else throws TroubleError if the file changes while it is read.
   */
  async *add(member: TreeMember): AsyncGenerator<DataFrame, void, undefined> {
    if (member.kind === 'file') yield* this.#file(member, true);
    else yield* this.#put(bytesItem(memberHeader(member)), TAR_BLOCK_BYTES);
  }

  /** A segment of WAL, which must be there, and has no line in the manifest. */
  addWal(member: TreeMember): AsyncGenerator<DataFrame, void, undefined> {
    return this.#file(member, false);
  }

  /** A file with these contents, whatever the file on disk has. */
  async *addContents(member: NewMember, contents: Buffer): AsyncGenerator<DataFrame, void, undefined> {
    yield* this.#put(bytesItem(memberHeader(member)), TAR_BLOCK_BYTES);
    for (let at = 0; at < contents.length; at += SLAB_BYTES) {
      const piece = contents.subarray(at, at + SLAB_BYTES);
      yield* this.#put(bytesItem(piece), piece.length);
    }
    const checksum = checksumOf(this.#use.algorithm, contents);
    yield* this.#pad(member.size, () => this.#list(member, checksum));
  }

  /** The archive ends: all that has not gone out yet. */
  async *end(): AsyncGenerator<DataFrame, void, undefined> {
    yield* this.#put(bytesItem(ARCHIVE_END), ARCHIVE_END.length);
    yield* this.#dispatch();
    while (this.#pending.length > 0) yield* this.#next();
  }

  #file(member: TreeMember, listed: boolean): AsyncGenerator<DataFrame, void, undefined> {
    const bytes = TAR_BLOCK_BYTES + member.size + paddingBytes(member.size);
    return bytes <= SLAB_BYTES ? this.#whole(member, listed, bytes) : this.#parts(member, listed);
  }

  #whole(member: TreeMember, listed: boolean, bytes: number): AsyncGenerator<DataFrame, void, undefined> {
    const path = this.#prefix + member.path;
    const item: FillItem = {
      kind: 'file',
      path: member.source,
      name: encodeName(member.source),
      header: memberHeader(member),
      size: member.size,
      mayBeMissing: this.#use.running && listed,
      identity: this.#identity(member),
      checksum: listed,
      firstBlock: this.#use.pages?.firstBlock(path),
    };
    return this.#put(item, bytes, (found) => {
      if (found === undefined) return;
      if (found.pages !== undefined) this.#use.pages?.judge(path, found.pages);
      if (listed) this.#list(member, found.checksum);
    });
  }

  async *#parts(member: TreeMember, listed: boolean): AsyncGenerator<DataFrame, void, undefined> {
    const { algorithm, running, open, pages } = this.#use;
    const { source, size } = member;
    const fd = openFile(encodeName(source), source, running && listed);
    if (fd === undefined) return;
    open.add(fd);
    const path = this.#prefix + member.path;
    const file = new PartedFile(fd, source, listed ? algorithm : 'NONE', this.#identity(member));
    yield* this.#put(bytesItem(memberHeader(member)), TAR_BLOCK_BYTES);
    yield* this.#dispatch();
    for (const part of file.parts(size, pages?.firstBlock(path), pages?.blockBytes))
      yield* this.#put(part, part.bytes, (found, slab) => file.add(part, found, slab));
    yield* this.#pad(size, () => {
      if (!listed) insistOnName(fd, source);
      open.delete(fd);
      const { checksum, report } = file.close();
      if (report !== undefined) pages?.judge(path, report);
      if (listed) this.#list(member, checksum);
    });
  }

  /** Undefined if the file may change. */
  #identity({ stats }: TreeMember): FileIdentity | undefined {
    if (this.#use.running) return undefined;
    const { ino, size, mtimeMs } = stats;
    return { ino, size, mtimeMs };
  }

  #pad(size: number, whenOut: WhenOut): AsyncGenerator<DataFrame, void, undefined> {
    const bytes = paddingBytes(size);
    return this.#put(bytesItem(ZEROS.subarray(0, bytes)), bytes, whenOut);
  }

  async *#put(item: FillItem, bytes: number, whenOut = NOTHING): AsyncGenerator<DataFrame, void, undefined> {
    if (this.#bytes + bytes > SLAB_BYTES) yield* this.#dispatch();
    this.#items.push(item);
    this.#whenOut.push(whenOut);
    this.#bytes += bytes;
  }

  async *#dispatch(): AsyncGenerator<DataFrame, void, undefined> {
    if (this.#items.length === 0) return;
    if (this.#pending.length === this.#use.threads.slabs) yield* this.#next();
    const filled = this.#use.threads.fill(this.#items);
    filled.catch(() => {}); // thrown when its turn has come
    this.#pending.push({ filled, whenOut: this.#whenOut });
    this.#items = [];
    this.#whenOut = [];
    this.#bytes = 0;
  }

  async *#next(): AsyncGenerator<DataFrame, void, undefined> {
    const next = this.#pending.shift();
    if (next === undefined) return;
    const { bytes, found } = await next.filled;
    for (const [index, whenOut] of next.whenOut.entries()) whenOut(found[index], bytes);
    if (bytes.length > 0) yield { type: 'data', parts: [bytes], bytes: bytes.length };
  }

  #list({ path, size, mtime }: NewMember, checksum: string): void {
    const { manifest, algorithm } = this.#use;
    manifest?.add({ path: this.#prefix + path, size, mtime, algorithm, checksum });
  }
}

function bytesItem(bytes: Uint8Array): FillItem {
  return { kind: 'bytes', bytes };
}
