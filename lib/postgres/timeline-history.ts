/**
 * Reads a timeline history file ("00000003.history"), which lists the timelines before, the oldest first, and where in
 * the WAL each ended and the next began. See readTimeLineHistory() in
 * src/backend/access/transam/timeline.c.
 */

import { BackupError } from '../errors/backup-error.ts';
import { type Lsn, parseLsn } from './lsn.ts';

/** A timeline that another one branched off from. */
export interface TimelineEnd {
  readonly timeline: number;
  /** Where the next timeline begins. */
  readonly end: Lsn;
}

/** The number, the position, and a reason for people to read. */
const LINE = /^\s*([0-9]+)\s+([0-9A-Fa-f/]+)(?:\s.*)?$/;
const EMPTY_OR_COMMENT = /^\s*(?:#.*)?$/;

/** Reads the history of this timeline. Throws BackupError. */
export function parseHistory(timeline: number, text: string): TimelineEnd[] {
  const ends: TimelineEnd[] = [];
  for (const line of text.split('\n')) {
    if (EMPTY_OR_COMMENT.test(line)) continue;
    const [, number, position = ''] = LINE.exec(line) ?? [];
    const end = parseLsn(position);
    if (number === undefined || end === undefined)
      throw malformed(timeline, `Expected a timeline ID and a location, but found "${line}".`);
    if (Number(number) <= (ends.at(-1)?.timeline ?? 0))
      throw malformed(timeline, 'Timeline IDs must be in increasing sequence.');
    ends.push({ timeline: Number(number), end });
  }
  if ((ends.at(-1)?.timeline ?? 0) >= timeline)
    throw malformed(timeline, "Timeline IDs must be less than child timeline's ID.");
  return ends;
}

function malformed(timeline: number, detail: string): BackupError {
  return new BackupError(`invalid data in history file of timeline ${timeline}`, { detail });
}

/** WAL of one timeline. */
interface TimelineRange {
  readonly timeline: number;
  readonly start: Lsn;
  readonly end: Lsn;
}

/**
 * Compares WAL ranges with the history of the newest of their timelines: each of them must begin and end where the
 * timelines did. Throws BackupError.
 */
export function checkHistory(
  timeline: number,
  history: readonly TimelineEnd[],
  ranges: readonly TimelineRange[],
): void {
  const begins = new Map<number, Lsn>();
  const ends = new Map(history.map((entry) => [entry.timeline, entry.end]));
  let begin = 0n;
  for (const entry of [...history, { timeline, end: undefined }]) {
    begins.set(entry.timeline, begin);
    begin = entry.end ?? begin;
  }
  const oldest = Math.min(...ranges.map((range) => range.timeline));
  for (const { timeline: id, start, end } of ranges) {
    const begun = begins.get(id);
    const isOff = begun === undefined || (id === oldest ? start < begun : start !== begun);
    if (isOff || (ends.has(id) && ends.get(id) !== end))
      throw new BackupError(
        `WAL range of timeline ${id} does not agree with the history of timeline ${timeline}`,
      );
  }
}
