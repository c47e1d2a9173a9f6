/**
 * The WAL that a backup needs. Without it a copy of a stopped cluster does not start: from where replay of its last
 * checkpoint begins to the end of that checkpoint's record; of a standby, to where it must replay to be consistent. Of a
 * running server, from the start of the backup to its end. Segment files are chosen as the server chooses them for `-X
 * fetch` (perform_base_backup() in src/backend/backup/basebackup.c).
 */

import { readFileSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { namesInOrder } from '../../io/names-in-order.ts';
import type { WalRange } from '../../manifest/values.ts';
import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { parseHistory, type TimelineEnd } from '../../postgres/timeline-history.ts';
import { historyFileName, parseSegmentName, segmentName, segmentStart } from '../../postgres/wal-segment.ts';
import type { Position } from '../../stream/frame.ts';
import { WalRangeChecker } from '../../wal/check/range-checker.ts';
import type { Cluster } from './cluster.ts';

/** Which WAL that is. */
export interface NeededWal extends WalFiles {
  readonly start: Position;
  readonly stop: Position;
  /** One a timeline, the newest first. */
  readonly ranges: readonly WalRange[];
}

/** The files that it is in. */
export interface WalFiles {
  /** Names of files in pg_wal, in the order of the WAL. */
  readonly segments: readonly string[];
  /** The histories of all timelines. */
  readonly histories: readonly string[];
}

const HISTORY = /^[0-9A-F]{8}\.history$/;
/** A record ends at a multiple of this (MAXALIGN). */
const ALIGNMENT = 8;

/** Finds it. Throws TroubleError if some of it is missing, BackupError if the checkpoint's record is damaged. */
export function findNeededWal(cluster: Cluster): NeededWal {
  const { checkpoint, minRecovery } = cluster.control;
  const start = { lsn: checkpoint.redo, timeline: checkpoint.timeline };
  const recordEnd = endOfCheckpoint(cluster);
  const stop = minRecovery.lsn > recordEnd ? minRecovery : { lsn: recordEnd, timeline: checkpoint.timeline };
  const files = findWalFiles(cluster, start, stop);
  return { start, stop, ranges: rangesOf(cluster, start, stop), ...files };
}

/** The files with WAL from one position to another. Throws TroubleError if some of it is missing. */
export function findWalFiles({ root, control }: Cluster, start: Position, stop: Position): WalFiles {
  const names = [...namesInOrder(`${root}/${WAL_DIRECTORY}`)];
  return {
    segments: chooseSegments(names, start.lsn, stop, control.walSegmentBytes),
    histories: names.filter((name) => HISTORY.test(name)).sort(),
  };
}

/** Where the record of the last checkpoint ends, which must be sound. */
function endOfCheckpoint({ root, control, major }: Cluster): Lsn {
  const { checkpoint, walSegmentBytes: segmentBytes, systemIdentifier } = control;
  const { lsn, timeline } = checkpoint;
  const expected = { timeline, start: lsn, segmentBytes, systemIdentifier, version: major };
  const checker = new WalRangeChecker(expected);
  let segment = '';
  let contents: Buffer = Buffer.alloc(0);
  // In small pieces, so that nothing is read that comes after the record.
  while (checker.records === 0 && checker.failure === undefined) {
    const at = checker.position;
    const name = segmentName(timeline, at, segmentBytes);
    if (name !== segment) contents = readSegment(`${root}/${WAL_DIRECTORY}/${name}`);
    segment = name;
    const offset = Number(at - segmentStart(at, segmentBytes));
    const piece = contents.subarray(offset, offset + ALIGNMENT);
    if (piece.length === 0) break;
    checker.push(at, piece);
  }
  if (checker.records === 0) checker.end(lsn + BigInt(ALIGNMENT));
  return checker.verified;
}

function readSegment(path: string): Buffer {
  return attempt(`could not open file "${path}"`, () => readFileSync(path));
}

/** As AddWALInfoToBackupManifest() in src/backend/backup/backup_manifest.c lists them. */
export function rangesOf(cluster: Cluster, start: Position, stop: Position): WalRange[] {
  if (start.timeline === stop.timeline)
    return [{ timeline: start.timeline, start: start.lsn, end: stop.lsn }];
  const ranges: WalRange[] = [];
  let begin: Lsn = start.lsn;
  for (const { timeline, end } of [
    ...historyOf(cluster, stop.timeline),
    { timeline: stop.timeline, end: stop.lsn },
  ]) {
    if (timeline < start.timeline) continue;
    ranges.unshift({ timeline, start: begin, end });
    begin = end;
  }
  return ranges;
}

/** The timelines before this one, which has a history. */
export function historyOf({ root }: Cluster, timeline: number): TimelineEnd[] {
  const path = `${root}/${WAL_DIRECTORY}/${historyFileName(timeline)}`;
  const text = attempt(`could not open file "${path}"`, () => readFileSync(path, 'latin1'));
  return parseHistory(timeline, text);
}

/** All that begin in the range, of whichever timeline; each position of the range must be in one of them. */
function chooseSegments(names: readonly string[], start: Lsn, stop: Position, bytes: number): string[] {
  const first = segmentStart(start, bytes);
  const last = segmentStart(stop.lsn - 1n, bytes);
  const chosen = names
    .flatMap((name) => {
      const segment = parseSegmentName(name, bytes);
      return segment !== undefined && segment.start >= first && segment.start <= last
        ? [{ name, ...segment }]
        : [];
    })
    .sort((one, other) => Number(one.start - other.start) || one.timeline - other.timeline);
  const starts = new Set(chosen.map((segment) => segment.start));
  for (let at = first; at <= last; at += BigInt(bytes))
    if (!starts.has(at))
      throw new TroubleError(`WAL segment "${segmentName(stop.timeline, at, bytes)}" is missing`, {
        detail: `The backup needs WAL from ${formatLsn(start)} to ${formatLsn(stop.lsn)}.`,
      });
  return chosen.map(({ name }) => name);
}
