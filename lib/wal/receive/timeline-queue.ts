/**
 * The timelines of the WAL in the spool: where in the spool each begins, and with what history. The receiver adds them,
 * and whoever reads the spool takes them.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { Lsn } from '../../postgres/lsn.ts';

/** A timeline begins in the spool. */
export interface TimelineStart {
  /** The number of bytes in the spool before it, counted from the first that was ever written. */
  readonly at: number;
  readonly timeline: number;
  /** The start of a segment. */
  readonly lsn: Lsn;
  /** The contents of its history file; the first timeline has none. */
  readonly history: Buffer | undefined;
}

/** The most that may wait: a cluster changes its timeline when it is promoted, and not every second. */
const MAX_WAITING = 64;

/** Timelines that were received and not taken, the oldest first. */
export class TimelineQueue {
  readonly #starts: TimelineStart[] = [];

  /** Throws BackupError if too many wait. */
  add(start: TimelineStart): void {
    if (this.#starts.length === MAX_WAITING)
      throw new BackupError(`server changed its timeline more than ${MAX_WAITING} times`);
    this.#starts.push(start);
  }

  /** The timeline that begins at this byte of the spool, if there is one; gives each once. */
  take(at: number): TimelineStart | undefined {
    return this.#starts[0]?.at === at ? this.#starts.shift() : undefined;
  }

  /** Where in the spool the next timeline begins; infinite if there is none. */
  get nextAt(): number {
    return this.#starts[0]?.at ?? Number.POSITIVE_INFINITY;
  }
}
