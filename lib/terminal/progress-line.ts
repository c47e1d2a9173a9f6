/** Progress as one line of text, cut to the width of a terminal if there is one. */

import { formatDuration, formatSize } from './units.ts';
import { visible } from './visible.ts';

const MAX_BAR_COLUMNS = 24;
/** A shorter bar says nothing. */
const MIN_BAR_COLUMNS = 10;

/** A snapshot of a backup on its way. */
export interface ProgressState {
  /** Bytes of archives; of those that the server compresses, the bytes before compression. */
  readonly bytes: number;
  /** The server's estimate, or `bytes` once there are more; undefined where there is none. */
  readonly total: number | undefined;
  readonly seconds: number;
  readonly archive: string | undefined;
}

/** What is waited for, while there is nothing to count. */
export type Waiting = 'waiting for checkpoint' | undefined;

/** "1.2 GB of 2.8 GB (43%), 310 MB/s, 0:05 left, base.tar". */
export function progressLine(state: ProgressState): string {
  return [...numbers(state), ...(state.archive === undefined ? [] : [visible(state.archive)])].join(', ');
}

/**
 * The same after a bar, in a window of this width. What does not fit is left out: the archive, then the bar, then the
 * numbers from the last. The last column stays free, since some terminals wrap there.
 */
export function progressBar(tool: string, state: ProgressState, columns: number): string {
  const room = columns - 1 - `${tool}: `.length;
  const [whole, short] = [progressLine(state), numbers(state).join(', ')];
  const candidates = [
    withBar(state, whole, room),
    ...(state.total === undefined ? [whole] : []),
    withBar(state, short, room),
  ];
  const found = candidates.find((text) => text !== undefined && text.length <= room);
  return `${tool}: ${found ?? fitting(numbers(state), room)}`.slice(0, Math.max(columns - 1, 0));
}

function numbers({ bytes, total, seconds }: ProgressState): string[] {
  const rate = seconds > 0 ? bytes / seconds : 0;
  const done =
    total === undefined
      ? formatSize(bytes)
      : `${formatSize(bytes)} of ${formatSize(total)} (${percent(bytes, total)}%)`;
  const left = total === undefined || rate === 0 ? [] : [`${formatDuration((total - bytes) / rate)} left`];
  return [done, `${formatSize(rate)}/s`, ...left];
}

/** Undefined where there is no room for a bar, or no estimate. */
function withBar({ bytes, total }: ProgressState, text: string, room: number): string | undefined {
  const columns = Math.min(MAX_BAR_COLUMNS, room - '[] '.length - text.length);
  if (total === undefined || columns < MIN_BAR_COLUMNS) return undefined;
  const filled = Math.round((percent(bytes, total) / 100) * columns);
  return `[${'='.repeat(filled).padEnd(columns)}] ${text}`;
}

/** As many of the parts as there is room for. */
function fitting(parts: readonly string[], room: number): string {
  const text = parts.join(', ');
  return text.length <= room || parts.length === 1 ? text : fitting(parts.slice(0, -1), room);
}

function percent(bytes: number, total: number): number {
  return total === 0 ? 100 : Math.floor((100 * bytes) / total);
}
