/** Which files of pg_wal a backup needs, by their names, and whether they have the size of a segment. */

import type { WalRange } from '../manifest/values.ts';
import { parseSegmentName } from '../postgres/wal-segment.ts';
import type { Verification } from './verification.ts';

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

/** Tells of a file that is longer or shorter than a segment; no server leaves one so. */
export function reportSize(
  name: string,
  size: number,
  segmentBytes: number,
  { findings }: Verification,
): void {
  const message = `WAL segment "${name}" has ${size} bytes instead of ${segmentBytes}`;
  findings.add({ check: 'wal', path: `pg_wal/${name}`, message });
}
