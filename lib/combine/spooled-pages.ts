/**
 * The parts of a file that are in the spool, in the order in which they came: for each run of bytes, where it is in the
 * file and where in the spool. Whatever is in no run is to come from the full backup, or is zero. The list is in the
 * spool too, as soon as a backup has no more of them.
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

/** Where runs are stored, as three doubles each. */
interface StoredRuns {
  readonly offset: number;
  readonly count: number;
}

/** In a run. */
const NUMBERS = 3;

/** Those of one file. */
export class SpooledPages implements PageStore {
  readonly #spool: CombineSpool;
  /** Those of the current backup. */
  #recent: Run[] = [];
  readonly #stored: StoredRuns[] = [];
  #checksum: string | undefined;

  constructor(spool: CombineSpool) {
    this.#spool = spool;
  }

  abandon(): void {}
  setLength(): void {}

  /** Scattered blocks make as many runs, which are too many for memory in a large cluster. */
  close(): void {
    if (this.#recent.length === 0) return;
    const numbers = this.#recent.flatMap(({ start, end, offset }) => [start, end, offset]);
    const offset = this.#spool.append(Buffer.from(Float64Array.from(numbers).buffer));
    this.#stored.push({ offset, count: this.#recent.length });
    this.#recent = [];
  }

  write(position: number, bytes: Buffer): void {
    const offset = this.#spool.append(bytes);
    const end = position + bytes.length;
    const last = this.#recent.at(-1);
    if (last !== undefined && last.end === position && last.offset + position - last.start === offset)
      this.#recent[this.#recent.length - 1] = { ...last, end };
    else this.#recent.push({ start: position, end, offset });
  }

  /** All runs, in the order of the file. */
  runs(): Run[] {
    const stored = this.#stored.flatMap((runs) => [...this.#load(runs)]);
    return [...stored, ...this.#recent].sort((one, other) => one.start - other.start);
  }

  /** Bytes of a run, or of a part of it. */
  read(offset: number, bytes: number): Generator<Buffer, void, undefined> {
    return this.#spool.read(offset, bytes);
  }

  /** The file has been written out, and this is its checksum. */
  noteChecksum(checksum: string): void {
    this.#checksum = checksum;
  }

  /** By whatever algorithm it was computed; empty until the file has been written out. */
  checksum(_algorithm: ChecksumAlgorithm): string {
    return this.#checksum ?? '';
  }

  *#load({ offset, count }: StoredRuns): Generator<Run, void, undefined> {
    const numbers = new Float64Array(count * NUMBERS);
    Buffer.concat([...this.#spool.read(offset, numbers.byteLength)]).copy(Buffer.from(numbers.buffer));
    for (let at = 0; at < numbers.length; at += NUMBERS)
      yield { start: numbers[at] ?? 0, end: numbers[at + 1] ?? 0, offset: numbers[at + 2] ?? 0 };
  }
}
