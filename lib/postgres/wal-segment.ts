/**
 * Names of WAL files. A segment is named by its timeline and its number, of which the lower half counts up to
 * the number of segments in 4 GiB, so that names depend on the segment size (XLogFileName() in
 * src/include/access/xlog_internal.h). initdb --wal-segsize takes powers of two from 1 MiB to 1 GiB.
 */

import type { Lsn } from './lsn.ts';

const MIN_SEGMENT_BYTES = 1024 ** 2;
const MAX_SEGMENT_BYTES = 1024 ** 3;
/** The bytes of WAL that share the upper half of a segment's number. */
const BYTES_PER_UPPER = 2n ** 32n;
const SEGMENT_NAME = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;

/** Whether a server can have segments of this size. */
export function isSegmentSize(bytes: number): boolean {
  return bytes >= MIN_SEGMENT_BYTES && bytes <= MAX_SEGMENT_BYTES && Number.isInteger(Math.log2(bytes));
}

/** Where the segment begins that holds the byte at this position. */
export function segmentStart(lsn: Lsn, segmentBytes: number): Lsn {
  return lsn - (lsn % BigInt(segmentBytes));
}

/** The name of the segment file that holds the byte at this position: 000000010000000A000000FF. */
export function segmentName(timeline: number, lsn: Lsn, segmentBytes: number): string {
  const size = BigInt(segmentBytes);
  const upper = lsn / BYTES_PER_UPPER;
  const lower = (lsn % BYTES_PER_UPPER) / size;
  return hex8(timeline) + hex8(upper) + hex8(lower);
}

/** The timeline of a segment file and its position in the WAL, by its name; undefined for other names. */
export function parseSegmentName(
  name: string,
  segmentBytes: number,
): { readonly timeline: number; readonly start: Lsn } | undefined {
  const [, timeline, upper, lower] = SEGMENT_NAME.exec(name) ?? [];
  if (timeline === undefined) return undefined;
  const start = BigInt(`0x${upper}`) * BYTES_PER_UPPER + BigInt(`0x${lower}`) * BigInt(segmentBytes);
  return { timeline: Number.parseInt(timeline, 16), start };
}

/** The name of the file that says where a timeline branched off: 00000002.history. The first has none. */
export function historyFileName(timeline: number): string {
  return `${hex8(timeline)}.history`;
}

function hex8(value: number | bigint): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
