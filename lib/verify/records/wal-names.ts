/** Which files of pg_wal a backup needs, by their names. */

import type { WalRange } from '../../manifest/values.ts';
import { parseSegmentName } from '../../postgres/wal-segment.ts';

/** Far more than the history of a timeline ever has. */
export const MAX_HISTORY_BYTES = 1024 * 1024;

const HISTORY = /^[0-9A-F]{8}\.history$/;

/** Whether this is the name of a timeline's history. */
export function isHistory(name: string): boolean {
  return HISTORY.test(name);
}

/** Whether the file of this name is a segment with WAL that one of the ranges needs. */
export function isNeeded(name: string, ranges: readonly WalRange[], segmentBytes: number): boolean {
  const segment = parseSegmentName(name, segmentBytes);
  if (segment === undefined) return false;
  const { timeline, start } = segment;
  return ranges.some(
    (range) => range.timeline === timeline && start < range.end && start + BigInt(segmentBytes) > range.start,
  );
}
