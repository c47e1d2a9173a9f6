/**
 * WAL from the spool as frames of pg_wal.tar, in runs: each begins the archive or resumes it. What a run takes is
 * removed from the spool, and makes room there.
 */

import type { Frame, Position } from '../../stream/frame.ts';
import type { WalStore } from './follower.ts';
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

  /** All WAL that is in the spool now. */
  async *available(): AsyncGenerator<Frame, void, undefined> {
    const { spool } = this.#store;
    const end = spool.written;
    if (spool.read < end) yield this.#begin();
    while (spool.read < end) yield* this.#next(end - spool.read);
  }

  /**
   * All WAL up to the end of the backup, for which it waits, and the end of the archive. If more of the last segment
   * has come, that is passed on too; no other segment is begun.
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

  /** One piece, of one segment only, so that the caller can decide whether another is to follow. */
  async *#next(most: number): AsyncGenerator<Frame, void, undefined> {
    const { spool, timelines } = this.#store;
    const begun = timelines.take(spool.read);
    if (begun !== undefined)
      for (const piece of this.#archive.begin(begun.timeline, begun.lsn, begun.history)) yield data([piece]);
    const toTimeline = timelines.nextAt - spool.read;
    const toSegmentEnd = this.#archive.missing || Number.POSITIVE_INFINITY;
    const bytes = await spool.take(Math.min(most, toTimeline, toSegmentEnd));
    yield data([...this.#archive.append(bytes)]);
  }
}

function data(parts: readonly Buffer[]): Frame {
  return { type: 'data', parts, bytes: parts.reduce((sum, part) => sum + part.length, 0) };
}
