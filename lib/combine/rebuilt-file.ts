/**
 * A relation file that is made of the blocks of several backups. The newest backup is read first: its pages are
 * written, and its header says how long the file is and up to where older backups may fill it. Then each older backup
 * fills in blocks that no newer one had, until one has the whole file (reconstruct_from_incremental_file() in
 * src/bin/pg_combinebackup/reconstruct.c). What nobody fills stays zero.
 *
 * Each byte is written once, wherever its pages are kept. In memory there is a bit for each block, at most, until the
 * file is finished.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import type { IncrementalHeader } from '../page/incremental-reader.ts';
import { BlockSet } from './block-set.ts';

/** What segments of relations are like in a cluster. */
export interface Segments {
  readonly blockBytes: number;
  /** Blocks in a full segment. */
  readonly segmentBlocks: number;
}

/** Where the pages of a file go. No write goes to where there was one before. */
export interface PageStore {
  /** All pages of one backup have come. */
  close(): void;
  /** Gives up in the middle. */
  abandon(): void;
  write(position: number, bytes: Buffer): void;
  /** The length of the whole file is known. */
  setLength(bytes: number): void;
  /** That of the whole file, when nothing more is to be written. */
  checksum(algorithm: ChecksumAlgorithm): string;
}

/** One file. */
export class RebuiltFile<Pages extends PageStore = PageStore> {
  readonly pages: Pages;
  /** What stands for the file of the newest backup in messages. */
  readonly #subject: string;
  /** Of the newest backup's file: the size of its blocks, where the last of them ends, and the truncation. */
  #blockBytes: number | undefined;
  #end = 0;
  #truncation = 0;
  #length = 0;
  #limit = 0;
  /** The blocks that are there. Once the file is settled, only those count that older backups may fill. */
  #filled = new BlockSet(0);
  #finished = false;

  constructor(subject: string, pages: Pages) {
    this.#subject = subject;
    this.pages = pages;
  }

  /** Whether it needs no older backup any more. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Length of the whole file in bytes, once it is settled. */
  get length(): number {
    return this.#length;
  }

  /** Only before this byte older backups may fill it. */
  get limit(): number {
    return this.#limit;
  }

  /** Takes the header of the newest backup's file. */
  begin({ blocks, truncation, blockBytes }: IncrementalHeader): void {
    this.#blockBytes = blockBytes;
    this.#truncation = truncation;
    for (const block of blocks) {
      this.#filled.add(block);
      this.#end = Math.max(this.#end, block + 1);
    }
  }

  /**
   * The newest backup has been read, so that the size of segments is known: gives the file its length. Returns whether
   * the truncation block length had to be bounded. Throws BackupError for a header that is not of this cluster.
   */
  settle({ blockBytes, segmentBlocks }: Segments): boolean {
    const end = this.#end;
    this.#blockBytes ??= blockBytes;
    if (this.#blockBytes !== blockBytes)
      throw new BackupError(
        `${this.#subject} has pages of ${this.#blockBytes} bytes, but those of the cluster have ${blockBytes}`,
      );
    if (end > segmentBlocks)
      throw new BackupError(
        `${this.#subject} has block ${end - 1} in excess of segment size ${segmentBlocks}`,
      );
    const limit = Math.min(this.#truncation, segmentBlocks);
    this.#filled.capacity = limit;
    this.#limit = limit * blockBytes;
    this.#length = Math.max(limit, end) * blockBytes;
    this.pages.setLength(this.#length);
    return limit < this.#truncation;
  }

  /** Writes what is missing of bytes that an older backup has at this position. */
  fill(position: number, bytes: Buffer): void {
    const size = this.#blockBytes ?? 1;
    const end = position + bytes.length;
    let block = this.#filled.nextMissing(Math.floor(position / size));
    while (block < this.#filled.capacity && block * size < end) {
      const stop = this.#filled.nextPresent(block);
      const [from, to] = [Math.max(position, block * size), Math.min(end, stop * size)];
      this.pages.write(from, bytes.subarray(from - position, to - position));
      block = this.#filled.nextMissing(stop);
    }
  }

  /** An older backup has filled in these blocks, as far as they were missing. */
  note(blocks: Uint32Array): void {
    for (const block of blocks) if (block < this.#filled.capacity) this.#filled.add(block);
  }

  /** An older backup had the whole file, so that nothing more is to come. */
  finish(): void {
    this.#finished = true;
    this.#filled = new BlockSet(0);
  }
}
