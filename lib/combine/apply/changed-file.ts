/**
 * A relation file of which a backup has some blocks: the incremental file in; they are written to where the whole file
 * is, which is cut where it was truncated meanwhile, and gets its new length (reconstruct_from_incremental_file() in
 * src/bin/pg_combinebackup/reconstruct.c).
 *
 * The manifest of the result has a checksum of the whole file, so that the blocks that stay have to be read. They are
 * verified by the way: damage must not get into a manifest in which it is right. A file that stays as it is needs
 * neither, and keeps the checksum that it had.
 *
 * All of it can be done once more after it was done in part: blocks that stay are never written.
 */

import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import { writeAllSync } from '../../io/pieces.ts';
import { createChecksum, formatCrc32c } from '../../manifest/checksum.ts';
import type { ManifestFile } from '../../manifest/values.ts';
import { type IncrementalHeader, IncrementalReader } from '../../page/incremental-reader.ts';
import type { ContentsSink } from '../../store/file-writer.ts';
import { BlockSet } from '../block-set.ts';
import type { Segments } from '../rebuilt-file.ts';
import { RunChecksum } from '../run-checksum.ts';
import { filePieces } from './file-pieces.ts';

/** A file as it was, and what it is in. */
export interface Before {
  /** Where it is on disk. */
  readonly path: string;
  /** By the manifest; undefined if there is no entry. */
  readonly entry: ManifestFile | undefined;
  readonly segments: Segments;
  /** Whether an earlier run may have changed it already. */
  readonly isBegun: boolean;
}

/** A file in the directory is not what its manifest says. */
export class DamagedPredecessorError extends BackupError {
  constructor(path: string) {
    super(`checksum mismatch for file "${path}"`, {
      detail: 'It is damaged, and so is the directory.',
      hint: 'Restore it anew. With --verify, damage is found before anything is changed.',
    });
  }
}

const { O_RDWR, O_NOFOLLOW } = constants;

/** One file. */
export class ChangedFile implements ContentsSink {
  readonly #subject: string;
  readonly #before: Before;
  readonly #reader: IncrementalReader;
  readonly #checksum = new RunChecksum();
  #fd: number | undefined;
  #length = 0;
  #crc: string | undefined;
  #isBounded = false;

  /** The subject stands for the incremental file in messages, the size is that of its member. */
  constructor(subject: string, size: number, before: Before) {
    this.#subject = subject;
    this.#before = before;
    this.#reader = new IncrementalReader(subject, size);
  }

  /** Length of the whole file in bytes. */
  get length(): number {
    return this.#length;
  }

  /** The CRC-32C of the whole file, as in a manifest; undefined for one that has not changed. */
  get crc32c(): string | undefined {
    return this.#crc;
  }

  /** Whether the truncation block length had to be bounded. */
  get isBounded(): boolean {
    return this.#isBounded;
  }

  push(parts: readonly Buffer[]): void {
    for (const bytes of parts)
      for (const part of this.#reader.push(bytes)) {
        if (part.type === 'header') this.#begin(part.header);
        else this.#write(part.position, part.bytes);
      }
  }

  end(): void {
    this.#reader.end();
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    this.#crc = formatCrc32c(this.#checksum.digest(this.#length));
    attempt(`could not close file "${this.#before.path}"`, () => closeSync(fd));
  }

  /** Gives up in the middle. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #begin(header: IncrementalHeader): void {
    const { path, entry, segments } = this.#before;
    const { blocks, truncation } = header;
    const limit = Math.min(truncation, segments.segmentBlocks);
    const end = this.#insistOnBlocks(header);
    this.#isBounded = limit < truncation;
    this.#length = Math.max(limit, end) * segments.blockBytes;
    const fd = attempt(`could not open file "${path}"`, () =>
      openSync(encodeName(path), O_RDWR | O_NOFOLLOW),
    );
    this.#fd = fd;
    const { size } = attempt(`could not stat file "${path}"`, () => fstatSync(fd));
    if (blocks.length === 0 && size === this.#length && entry?.size === size) {
      this.abandon();
      return;
    }
    this.#readWhatStays(fd, blocks, limit);
    attempt(`could not write to file "${path}"`, () => {
      if (size > limit * segments.blockBytes) ftruncateSync(fd, limit * segments.blockBytes);
      ftruncateSync(fd, this.#length);
    });
  }

  /** Throws BackupError for a header that is not of this cluster; returns how many blocks the listed ones need. */
  #insistOnBlocks({ blocks, blockBytes }: IncrementalHeader): number {
    const { segments } = this.#before;
    if (blockBytes !== undefined && blockBytes !== segments.blockBytes)
      throw new BackupError(
        `${this.#subject} has pages of ${blockBytes} bytes, but those of the cluster have ${segments.blockBytes}`,
      );
    const end = blocks.reduce((most, block) => Math.max(most, block + 1), 0);
    if (end > segments.segmentBlocks)
      throw new BackupError(
        `${this.#subject} has block ${end - 1} in excess of segment size ${segments.segmentBlocks}`,
      );
    return end;
  }

  #readWhatStays(fd: number, blocks: Uint32Array, limit: number): void {
    const { path, entry, segments, isBegun } = this.#before;
    const replaced = new BlockSet(limit);
    for (const block of blocks) if (block < limit) replaced.add(block);
    const whole = createChecksum(entry?.algorithm ?? 'NONE');
    let position = 0;
    for (const piece of filePieces(fd, path)) {
      whole.update(piece);
      this.#keep(position, piece, replaced, segments.blockBytes);
      position += piece.length;
    }
    if (!isBegun && entry !== undefined && whole.digest() !== entry.checksum)
      throw new DamagedPredecessorError(path);
  }

  /** Adds those parts of a piece to the checksum that stay. */
  #keep(position: number, piece: Buffer, replaced: BlockSet, blockBytes: number): void {
    const end = position + piece.length;
    let block = replaced.nextMissing(Math.floor(position / blockBytes));
    while (block < replaced.capacity && block * blockBytes < end) {
      const stop = replaced.nextPresent(block);
      const [from, to] = [Math.max(position, block * blockBytes), Math.min(end, stop * blockBytes)];
      this.#checksum.update(from, piece.subarray(from - position, to - position));
      block = replaced.nextMissing(stop);
    }
  }

  #write(position: number, bytes: Buffer): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    attempt(`could not write to file "${this.#before.path}"`, () => writeAllSync(fd, [bytes], position));
    this.#checksum.update(position, bytes);
  }
}
