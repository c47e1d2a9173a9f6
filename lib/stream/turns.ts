/**
 * Whose turn it is in a copy: contents go to the archive, or the manifest, that was begun last. An archive ends when
 * the next one or the manifest begins, all but pg_wal.tar: that may be interrupted, and goes on under the same name,
 * behind the manifest too, so it ends only with the whole copy (see ledger.ts and bb-stream(5)).
 *
 * What takes the contents is made by whoever reads the frames, is handed back when it has ended, and has to be ended
 * by them: that may write, wait, or yield frames of its own.
 */

import { parseArchiveName } from './archive-name.ts';

/** The takers of contents that have been begun and have not ended. */
export class Turns<Taker> {
  #current: Taker | undefined;
  /** That of pg_wal.tar, be it its turn or not. */
  #wal: Taker | undefined;

  /** Where contents go now. */
  get current(): Taker | undefined {
    return this.#current;
  }

  /** The turn of the current one is over; hands it back if it has ended by that, and was not only interrupted. */
  leave(): Taker | undefined {
    const left = this.#current;
    this.#current = undefined;
    return left === this.#wal ? undefined : left;
  }

  /** Gives the turn to the archive of this name, if it was interrupted; leave() has been called. */
  resume(name: string): Taker | undefined {
    this.#current = isWal(name) ? this.#wal : undefined;
    return this.#current;
  }

  /** Gives the turn to an archive, or to the manifest, that begins; leave() has been called. */
  begin(name: string, taker: Taker): Taker {
    this.#current = taker;
    if (isWal(name)) this.#wal = taker;
    return taker;
  }

  /**
   * No more contents come, or nobody wants them: hands back all that have not ended, pg_wal.tar last. If ending one
   * fails, those behind it can still be had, by the next call.
   */
  *finish(): Generator<Taker, void, undefined> {
    const left = this.leave();
    if (left !== undefined) yield left;
    const wal = this.#wal;
    this.#wal = undefined;
    if (wal !== undefined) yield wal;
  }
}

function isWal(name: string): boolean {
  return parseArchiveName(name)?.kind === 'wal';
}
