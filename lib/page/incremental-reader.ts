/**
 * A file INCREMENTAL.NAME, which an incremental backup has in place of a relation file: its bytes in; out come the
 * header, and then the pages with their places in the whole file. All numbers are uint32 in the server's byte order
 * (sendFile() in src/backend/backup/basebackup.c writes it, src/bin/pg_combinebackup/reconstruct.c reads it):
 *
 *   magic number, number of blocks, truncation block length, the number of each block,
 *   zeros up to a multiple of the block size if there are blocks,
 *   the page of each block
 *
 * The block size does not stand there, and in a backup that passes it is known only at the end (global/pg_control); but
 * with the number of blocks, no two block sizes make the same file size.
 */

import { BackupError } from '../errors/backup-error.ts';

const MAGIC = 0xd3ae1f0d;
const NUMBER_BYTES = 4;
const HEAD_BYTES = 3 * NUMBER_BYTES;
/** As initdb's server may be built (--with-blocksize). */
const BLOCK_SIZES = [1024, 2048, 4096, 8192, 16384, 32768];
/** More than there are in any segment: a bound for memory; the real one is in pg_control (--with-segsize). */
const MAX_SEGMENT_BLOCKS = 2 ** 24;

const NOTHING = Buffer.alloc(0);

/** What the header says. */
export interface IncrementalHeader {
  /** The blocks whose pages follow, in their order. */
  readonly blocks: Uint32Array;
  /**
   * The truncation block length: only blocks before this one may be taken from older backups. May be greater than any
   * segment (servers 17.0 to 17.7 and 18.0 to 18.1).
   */
  readonly truncation: number;
  /** Undefined without blocks. */
  readonly blockBytes: number | undefined;
}

/** A part of the file. The bytes are valid as long as what was pushed. */
export type IncrementalPart =
  | { readonly type: 'header'; readonly header: IncrementalHeader }
  | { readonly type: 'pages'; readonly position: number; readonly bytes: Buffer };

/** Reads one file; what push() gives must be used up before the next push(). */
export class IncrementalReader {
  readonly #subject: string;
  readonly #size: number;
  #header: IncrementalHeader | undefined;
  /** The header, as long as it is not complete, and how much of it has come. */
  #head: Buffer = Buffer.alloc(HEAD_BYTES);
  #taken = 0;
  #padding = 0;
  /** Bytes of pages so far. */
  #pageBytes = 0;

  /** The subject stands for the file in messages; the size is what the file will have had at its end. */
  constructor(subject: string, size: number) {
    this.#subject = subject;
    this.#size = size;
  }

  /** The parts in these bytes. Throws BackupError for what is no such file. */
  *push(bytes: Buffer): Generator<IncrementalPart, void, undefined> {
    let rest = bytes;
    if (this.#header === undefined) {
      rest = this.#takeHead(bytes);
      if (this.#header === undefined) return;
      yield { type: 'header', header: this.#header };
    }
    const skipped = Math.min(this.#padding, rest.length);
    this.#padding -= skipped;
    if (skipped < rest.length) yield* this.#pages(this.#header, rest.subarray(skipped));
  }

  /** The file is over. Throws BackupError if it is cut short. */
  end(): void {
    const { blocks, blockBytes = 0 } = this.#header ?? {};
    if (blocks === undefined || this.#padding > 0 || this.#pageBytes < blocks.length * blockBytes)
      throw this.#complain('is cut short');
  }

  /** Takes what belongs to the header, and gives the rest. */
  #takeHead(bytes: Buffer): Buffer {
    const taken = bytes.copy(this.#head, this.#taken);
    this.#taken += taken;
    const rest = bytes.subarray(taken);
    if (this.#taken < this.#head.length) return rest;
    if (this.#head.length === HEAD_BYTES) {
      const count = this.#readCount(this.#head);
      this.#head = Buffer.concat([this.#head], HEAD_BYTES + NUMBER_BYTES * count);
      if (count > 0) return this.#takeHead(rest);
    }
    this.#header = this.#readHeader(this.#head);
    this.#head = NOTHING;
    return rest;
  }

  /** The number of blocks, which the size of the file must fit before any memory is taken for them. */
  #readCount(head: Buffer): number {
    const magic = head.readUInt32LE(0);
    if (magic !== MAGIC)
      throw this.#complain(`has bad incremental magic number (0x${hex(magic)}, expected 0x${hex(MAGIC)})`);
    const count = head.readUInt32LE(NUMBER_BYTES);
    if (count > MAX_SEGMENT_BLOCKS)
      throw this.#complain(`has block count ${count} in excess of segment size ${MAX_SEGMENT_BLOCKS}`);
    if (count === 0 ? this.#size !== HEAD_BYTES : findBlockSize(count, this.#size) === undefined)
      throw this.#complain(`has ${this.#size} bytes, which no file with ${count} blocks has`);
    return count;
  }

  #readHeader(head: Buffer): IncrementalHeader {
    const blocks = new Uint32Array((head.length - HEAD_BYTES) / NUMBER_BYTES);
    for (const index of blocks.keys()) blocks[index] = head.readUInt32LE(HEAD_BYTES + NUMBER_BYTES * index);
    this.#insistOnBlocks(blocks);
    const blockBytes = findBlockSize(blocks.length, this.#size);
    this.#padding = blockBytes === undefined ? 0 : headerLength(blocks.length, blockBytes) - head.length;
    return { blocks, truncation: head.readUInt32LE(2 * NUMBER_BYTES), blockBytes };
  }

  /** The server lists blocks in order; whatever the order, none may be there twice, or its page would be ambiguous. */
  #insistOnBlocks(blocks: Uint32Array): void {
    const sorted = blocks.slice().sort();
    const second = sorted.findIndex((block, index) => index > 0 && sorted[index - 1] === block);
    if (second > 0) throw this.#complain(`has block ${sorted[second]} twice`);
    const last = sorted.at(-1) ?? 0;
    if (last >= MAX_SEGMENT_BLOCKS)
      throw this.#complain(`has block ${last} in excess of segment size ${MAX_SEGMENT_BLOCKS}`);
  }

  /** Cuts bytes of pages where the next block is not the one that follows. */
  *#pages({ blocks, blockBytes = 0 }: IncrementalHeader, bytes: Buffer): Generator<IncrementalPart> {
    if (this.#pageBytes + bytes.length > blocks.length * blockBytes)
      throw this.#complain('is longer than it was announced');
    for (let at = 0; at < bytes.length; ) {
      const first = Math.floor(this.#pageBytes / blockBytes);
      const before = this.#pageBytes % blockBytes;
      let run = blockBytes - before;
      for (let next = first + 1; run < bytes.length - at && follows(blocks, next); next++) run += blockBytes;
      const piece = bytes.subarray(at, at + run);
      yield { type: 'pages', position: (blocks[first] ?? 0) * blockBytes + before, bytes: piece };
      at += piece.length;
      this.#pageBytes += piece.length;
    }
  }

  #complain(complaint: string): BackupError {
    return new BackupError(`${this.#subject} ${complaint}`);
  }
}

function follows(blocks: Uint32Array, index: number): boolean {
  return blocks[index] === (blocks[index - 1] ?? 0) + 1;
}

/** The block size with which a file of so many blocks is so large: there is one at most, since both grow together. */
function findBlockSize(count: number, size: number): number | undefined {
  if (count === 0) return undefined;
  return BLOCK_SIZES.find((bytes) => headerLength(count, bytes) + count * bytes === size);
}

function headerLength(count: number, blockBytes: number): number {
  return Math.ceil((HEAD_BYTES + NUMBER_BYTES * count) / blockBytes) * blockBytes;
}

function hex(value: number): string {
  return value.toString(16);
}
