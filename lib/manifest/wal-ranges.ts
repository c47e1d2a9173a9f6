/** Where a backup starts and ends, by the WAL ranges of its manifest: one a timeline, in any order. */

import type { WalRange } from './values.ts';

/** Where the backup starts: where the oldest of its timelines does; undefined if the manifest names no WAL. */
export function backupStart(ranges: readonly WalRange[]): WalRange | undefined {
  return byTimeline(ranges)[0];
}

/** Where the backup ends: where the newest of its timelines does. */
export function backupEnd(ranges: readonly WalRange[]): WalRange | undefined {
  return byTimeline(ranges).at(-1);
}

function byTimeline(ranges: readonly WalRange[]): WalRange[] {
  return [...ranges].sort((one, other) => one.timeline - other.timeline);
}
