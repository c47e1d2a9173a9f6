/**
 * The contents of a file that is rebuilt, put together in order: the bytes of the full backup in, as they come; the
 * whole file out, for which what newer backups have is read from the spool.
 */

import type { RebuiltFile } from './rebuilt-file.ts';
import type { Run, SpooledPages } from './spooled-pages.ts';

const ZEROS = Buffer.alloc(64 * 1024);

/** Merges one file. */
export class Merge {
  readonly #pages: SpooledPages;
  readonly #length: number;
  readonly #limit: number;
  readonly #runs: readonly Run[];
  #next = 0;
  /** How much has come of the full backup's file. */
  #taken = 0;
  /** How much has gone out. */
  #given = 0;

  /** No more is to be written to the file. */
  constructor({ pages, length, limit }: RebuiltFile<SpooledPages>) {
    this.#pages = pages;
    this.#length = length;
    this.#limit = limit;
    this.#runs = pages.runs();
  }

  /** The next bytes of the full backup. */
  *push(bytes: Buffer): Generator<Buffer, void, undefined> {
    const at = this.#taken;
    this.#taken += bytes.length;
    while (this.#given < Math.min(this.#taken, this.#length)) {
      const to = Math.min(this.#taken, this.#limit);
      const gap = bytes.subarray(this.#given - at, Math.max(to, this.#given) - at);
      yield* this.#piece(gap, Math.min(this.#taken, this.#length));
    }
  }

  /** There is no more. */
  *end(): Generator<Buffer, void, undefined> {
    while (this.#given < this.#length) yield* this.#piece(ZEROS.subarray(0, 0), this.#length);
  }

  /** What comes next, at most up to a position: from the spool; where nothing is there, `gap`, or else zeros. */
  *#piece(gap: Buffer, end: number): Generator<Buffer, void, undefined> {
    const at = this.#given;
    const run = this.#runs[this.#next];
    if (run !== undefined && run.start <= at) {
      const to = Math.min(run.end, end);
      if (to === run.end) this.#next++;
      this.#given = to;
      yield* this.#pages.read(run.offset + at - run.start, to - at);
      return;
    }
    const wanted = Math.min(run?.start ?? end, end) - at;
    const piece = gap.length > 0 ? gap.subarray(0, wanted) : ZEROS.subarray(0, wanted);
    this.#given += piece.length;
    yield piece;
  }
}
