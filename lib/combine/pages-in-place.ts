/**
 * The pages of a file that is rebuilt in a directory: each is written at its position in the file, which is there
 * already. The CRC-32C of the file is joined from those of the parts; for other checksums the file is read again.
 */

import { closeSync, constants, ftruncateSync, openSync, readSync } from 'node:fs';
import { attempt } from '../errors/system-trouble.ts';
import { encodeName } from '../io/file-name.ts';
import type { BehindFile, WriteBehind } from '../io/write-behind.ts';
import { type ChecksumAlgorithm, createChecksum, formatCrc32c } from '../manifest/checksum.ts';
import type { PageStore } from './rebuilt-file.ts';
import { RunChecksum } from './run-checksum.ts';

const PIECE_BYTES = 1024 * 1024;

/** Those of one file. */
export class PagesInPlace implements PageStore {
  readonly #path: string;
  readonly #writes: WriteBehind;
  readonly #checksum = new RunChecksum();
  #file: BehindFile | undefined;
  #length = 0;

  /** Before the checksum is asked for, all writes must be settled. */
  constructor(path: string, writes: WriteBehind) {
    this.#path = path;
    this.#writes = writes;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  abandon(): void {
    try {
      this.close();
    } catch {
      // Something has failed before, and that is the failure to be known.
    }
  }

  write(position: number, bytes: Buffer): void {
    // Most files have no pages in most backups.
    this.#file ??= this.#writes.open(this.#openFile(), this.#path);
    this.#file.write(position, bytes);
    this.#checksum.update(position, bytes);
  }

  setLength(bytes: number): void {
    this.#length = bytes;
    const fd = this.#openFile();
    try {
      attempt(`could not write to file "${this.#path}"`, () => ftruncateSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  }

  checksum(algorithm: ChecksumAlgorithm): string {
    if (algorithm === 'NONE') return '';
    return algorithm === 'CRC32C' ? formatCrc32c(this.#checksum.digest(this.#length)) : this.#read(algorithm);
  }

  #read(algorithm: ChecksumAlgorithm): string {
    const checksum = createChecksum(algorithm);
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const fd = attempt(`could not open file "${this.#path}"`, () => openSync(encodeName(this.#path), 'r'));
    try {
      const read = () => attempt(`could not read file "${this.#path}"`, () => readSync(fd, piece));
      for (let bytes = read(); bytes > 0; bytes = read()) checksum.update(piece.subarray(0, bytes));
    } finally {
      closeSync(fd);
    }
    return checksum.digest();
  }

  #openFile(): number {
    const { O_WRONLY, O_NOFOLLOW } = constants;
    return attempt(`could not open file "${this.#path}"`, () =>
      openSync(encodeName(this.#path), O_WRONLY | O_NOFOLLOW),
    );
  }
}
