/**
 * The parts of a file that are in the spool, in the order in which they came: for each run of bytes, where it is in the
 * file and where in the spool. Whatever is in no run is to come from the full backup, or is zero.
 */

import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import type { PageStore } from './rebuilt-file.ts';
import type { CombineSpool } from './spool.ts';

/** Bytes that follow each other in the file and in the spool. */
export interface Run {
  /** In the file. */
  readonly start: number;
  readonly end: number;
  /** In the spool. */
  readonly offset: number;
}

/** Those of one file. */
export class SpooledPages implements PageStore {
  readonly #spool: CombineSpool;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #offsets: number[] = [];
  #checksum: string | undefined;

  constructor(spool: CombineSpool) {
    this.#spool = spool;
  }

  open(): void {}
  close(): void {}
  abandon(): void {}
  setLength(): void {}

  write(position: number, bytes: Buffer): void {
    const offset = this.#spool.append(bytes);
    const last = this.#ends.length - 1;
    const end = this.#ends[last];
    if (end === position && (this.#offsets[last] ?? 0) + end - (this.#starts[last] ?? 0) === offset) {
      this.#ends[last] = position + bytes.length;
      return;
    }
    this.#starts.push(position);
    this.#ends.push(position + bytes.length);
    this.#offsets.push(offset);
  }

  /** All runs, in the order of the file. */
  runs(): Run[] {
    const runs = this.#starts.map((start, index) => ({
      start,
      end: this.#ends[index] ?? start,
      offset: this.#offsets[index] ?? 0,
    }));
    return runs.sort((one, other) => one.start - other.start);
  }

  /** Bytes of a run, or of a part of it. */
  read(offset: number, bytes: number): Generator<Buffer, void, undefined> {
    return this.#spool.read(offset, bytes);
  }

  /** The file has been written out, and this is its checksum. */
  noteChecksum(checksum: string): void {
    this.#checksum = checksum;
  }

  /** Whatever the algorithm: the one by which it was computed. Undefined until the file has been written out. */
  get written(): boolean {
    return this.#checksum !== undefined;
  }

  checksum(_algorithm: ChecksumAlgorithm): string {
    return this.#checksum ?? '';
  }
}
