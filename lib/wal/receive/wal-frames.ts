/**
 * WAL from the spool as frames of pg_wal.tar, in runs: each begins the archive or resumes it. What a run
 * takes is no longer in the spool, and makes room there.
 */

import type { Frame, Position } from '../../stream/frame.ts';
import type { Stretch, WalStore } from './follower.ts';
import { WalArchive } from './wal-archive.ts';

const NAME = 'pg_wal.tar';

/** Passes WAL on, in order. */
export class WalFrames {
  readonly #store: WalStore;
  readonly #archive: WalArchive;
  #begun = false;

  constructor(store: WalStore, segmentBytes: number) {
    this.#store = store;
    this.#archive = new WalArchive(segmentBytes);
  }

  /** All that is there now. */
  async *available(): AsyncGenerator<Frame, void, undefined> {
    const { spool } = this.#store;
    const end = spool.written;
    if (spool.read < end) yield this.#begin();
    while (spool.read < end) yield* this.#next(end - spool.read);
  }

  /**
   * All up to the end of the backup, for which it waits, and the end of the archive. What is there of the last segment
   * besides is passed on too; no other is begun.
   */
  async *rest(stop: Position): AsyncGenerator<Frame, void, undefined> {
    const { spool } = this.#store;
    yield this.#begin();
    while (!this.#covers(stop) || (this.#archive.missing > 0 && spool.read < spool.written)) {
      if (!this.#covers(stop)) await spool.ready();
      yield* this.#next(Number.POSITIVE_INFINITY);
    }
    for (const piece of this.#archive.finish()) yield data([piece]);
    yield { type: 'archive-end', name: NAME };
  }

  #begin(): Frame {
    const resumed = this.#begun;
    this.#begun = true;
    return { type: 'archive', name: NAME, location: '', resumed };
  }

  #covers({ timeline, lsn }: Position): boolean {
    return this.#archive.timeline >= timeline && this.#archive.position >= lsn;
  }

  /** One piece, of one segment only: whoever asks decides before each whether there is to be another. */
  async *#next(most: number): AsyncGenerator<Frame, void, undefined> {
    const { spool, stretches } = this.#store;
    if (stretches[0]?.at === spool.read) {
      const { timeline, lsn, history } = stretches.shift() as Stretch;
      for (const piece of this.#archive.begin(timeline, lsn, history)) yield data([piece]);
    }
    const toStretch = (stretches[0]?.at ?? Number.POSITIVE_INFINITY) - spool.read;
    const toSegmentEnd = this.#archive.missing || Number.POSITIVE_INFINITY;
    const bytes = await spool.take(Math.min(most, toStretch, toSegmentEnd));
    yield data([...this.#archive.append(bytes)]);
  }
}

function data(parts: readonly Buffer[]): Frame {
  return { type: 'data', parts, bytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
