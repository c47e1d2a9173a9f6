/**
 * Fills slabs of memory with pieces of a tar: jobs in, bytes in the slabs out. A file is read in steps that fit into the
 * processor's caches, so that its pages are checked and its checksum is computed where the bytes lie. What is missing of
 * a file that a server has made shorter is filled with zeros, as sendFile() in src/backend/backup/basebackup.c does.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { type ByteRange, pageCache } from '../../io/page-cache.ts';
import { createChecksum } from '../../manifest/checksum.ts';
import { PageChecker } from '../../page/page-checker.ts';
import { emptyReport } from '../../page/page-report.ts';
import { paddingBytes } from '../../tar/member.ts';
import {
  type FileIdentity,
  type FilePart,
  type FillItem,
  type FillJob,
  type FillReply,
  type FillRules,
  type FoundContents,
  SLAB_BYTES,
  type WholeFile,
} from './fill-job.ts';

const STEP_BYTES = 128 * 1024;

/** What is read in one go: this many bytes of an open file. */
interface Range {
  readonly fd: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Whether the contents must be joined from parts, which only CRCs can. */
export function canBeJoined({ algorithm }: Pick<FillRules, 'algorithm'>): boolean {
  return algorithm === 'CRC32C' || algorithm === 'NONE';
}

/** Fills the slabs of one memory. */
export class Filler {
  readonly #rules: FillRules;
  readonly #memory: Buffer;
  readonly #pages: PageChecker | undefined;
  /** Where the next byte goes. */
  #at = 0;

  constructor(rules: FillRules) {
    this.#rules = rules;
    this.#memory = Buffer.from(rules.memory.buffer);
    this.#pages = rules.pages && new PageChecker(rules.pages, rules.memory);
  }

  /** Does a job; a failure is an answer too. */
  fill({ slab, items }: FillJob): FillReply {
    const start = slab * SLAB_BYTES;
    this.#at = start;
    try {
      const found = items.map((item) => this.#put(item));
      return { bytes: this.#at - start, found };
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      const { message, detail } = error;
      return { trouble: message, ...(detail === undefined ? {} : { detail }) };
    }
  }

  #put(item: FillItem): FoundContents | undefined {
    switch (item.kind) {
      case 'bytes':
        this.#copy(item.bytes);
        return undefined;
      case 'file':
        return this.#file(item);
      case 'part':
        return this.#part(item);
    }
  }

  #file(file: WholeFile): FoundContents | undefined {
    const fd = openFile(file.name, file.path, file.mayBeMissing);
    if (fd === undefined) return undefined;
    try {
      const absent = pageCache()?.absent(fd, file.size) ?? [];
      this.#copy(file.header);
      const found = this.#contents(file, { fd, offset: 0, bytes: file.size }, true);
      giveUp(fd, absent);
      if (file.identity !== undefined) insistOnUnchanged(fd, file.path, file.identity);
      this.#zeros(paddingBytes(file.size));
      return found;
    } finally {
      closeSync(fd);
    }
  }

  #part(part: FilePart): FoundContents {
    const found = this.#contents(part, part, canBeJoined(this.#rules));
    giveUp(part.fd, part.absent);
    return found;
  }

  #contents(
    { path, checksum, firstBlock }: WholeFile | FilePart,
    { fd, offset, bytes }: Range,
    computes: boolean,
  ): FoundContents {
    const sum = createChecksum(checksum && computes ? this.#rules.algorithm : 'NONE');
    const pages = firstBlock === undefined || this.#pages === undefined ? undefined : emptyReport();
    for (let done = 0; done < bytes; ) {
      const wanted = Math.min(STEP_BYTES, bytes - done);
      const start = this.#at;
      const got = this.#read(fd, path, wanted, offset + done);
      if (pages !== undefined && this.#pages !== undefined) {
        const { blockBytes } = this.#pages;
        const readAgain = (at: number) => this.#readPage(fd, path, at, offset + done + at - start);
        const block = (firstBlock ?? 0) + done / blockBytes;
        this.#pages.checkRange(start, got - (got % blockBytes), block, pages, readAgain);
      }
      sum.update(this.#memory.subarray(start, start + wanted));
      done += wanted;
    }
    return { checksum: sum.digest(), pages };
  }

  /** Reads as much as there is, and fills up with zeros. */
  #read(fd: number, path: string, wanted: number, position: number): number {
    let bytes = 0;
    while (bytes < wanted) {
      const got = attempt(`could not read file "${path}"`, () =>
        readSync(fd, this.#memory, this.#at + bytes, wanted - bytes, position + bytes),
      );
      if (got === 0) break;
      bytes += got;
    }
    this.#at += bytes;
    this.#zeros(wanted - bytes);
    return bytes;
  }

  /** A page that is not there any more becomes zeros, like all that comes after it. */
  #readPage(fd: number, path: string, at: number, position: number): void {
    const after = this.#at;
    this.#at = at;
    this.#read(fd, path, this.#pages?.blockBytes ?? 0, position);
    this.#at = after;
  }

  #copy(bytes: Uint8Array): void {
    this.#memory.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #zeros(bytes: number): void {
    this.#memory.fill(0, this.#at, this.#at + bytes);
    this.#at += bytes;
  }
}

/** What was not in memory before need not be there now: it would take the place of what the server needs. */
function giveUp(fd: number, absent: readonly ByteRange[]): void {
  for (const range of absent) pageCache()?.giveUp(fd, range);
}

/** Opens a file; undefined if it is not there and need not be. */
export function openFile(name: string | Uint8Array, path: string, mayBeMissing: boolean): number | undefined {
  return attempt(`could not open file "${path}"`, () => {
    try {
      return openSync(typeof name === 'string' ? name : Buffer.from(name), 'r');
    } catch (error) {
      if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  });
}

/** Throws TroubleError if the open file is not what it was. */
export function insistOnUnchanged(fd: number, path: string, { ino, size, mtimeMs }: FileIdentity): void {
  const now = attempt(`could not stat file "${path}"`, () => fstatSync(fd));
  if (now.ino === ino && now.size === size && now.mtimeMs === mtimeMs) return;
  throw new TroubleError(`file "${path}" was changed while it was read`, {
    detail: 'A backup of a stopped server is good only if nobody changes its files meanwhile.',
  });
}
