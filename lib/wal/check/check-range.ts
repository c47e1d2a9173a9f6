/**
 * Checks a range of WAL in segment files: opens them one after the other. Of the first it reads only the first page and
 * what belongs to the range.
 */

import type { Lsn } from '../../postgres/lsn.ts';
import { segmentName, segmentStart } from '../../postgres/wal-segment.ts';
import type { WalExpectation } from './expectation.ts';
import { WalRangeChecker } from './range-checker.ts';

/**
 * The bytes of a segment file from an offset on; undefined if there is no such file. A piece may be overwritten by the
 * next.
 */
export type WalSource = (segment: string, offset: number) => AsyncIterable<Buffer> | undefined;

/**
 * Checks everything from the expected start to the end, and returns the checker, which has counted the records. A
 * branch must begin at `begin`. Throws BackupError if WAL is damaged or missing, NewerVersionError if its version is
 * not known.
 */
export async function checkWalRange(
  expected: WalExpectation,
  end: Lsn,
  source: WalSource,
  begin = expected.start,
): Promise<WalRangeChecker> {
  const checker = new WalRangeChecker(expected);
  const isOver = () => checker.verified >= end || checker.failure !== undefined;
  for (let before: Lsn | undefined; !isOver() && checker.position !== before; ) {
    before = checker.position;
    await readSegment(checker, expected, source, isOver);
  }
  checker.end(end, begin);
  return checker;
}

/** Reads the segment at the checker's position from there, until the checker wants bytes that are further on. */
async function readSegment(
  checker: WalRangeChecker,
  { timeline, segmentBytes }: WalExpectation,
  source: WalSource,
  isOver: () => boolean,
): Promise<void> {
  let at = checker.position;
  const start = segmentStart(at, segmentBytes);
  const pieces = source(segmentName(timeline, at, segmentBytes), Number(at - start));
  if (pieces === undefined) return;
  for await (const piece of pieces) {
    checker.push(at, piece);
    at += BigInt(piece.length);
    if (isOver() || checker.position > at) return;
  }
}
