/**
 * The WAL without which a copy of a stopped cluster does not start: from where replay of its last checkpoint begins to
 * the end of that checkpoint's record; of a standby, to where it must replay to be consistent. Segment files are chosen
 * as the server chooses them for `-X fetch` (perform_base_backup() in src/backend/backup/basebackup.c).
 */

import { readFileSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { namesInOrder } from '../../io/names-in-order.ts';
import type { WalRange } from '../../manifest/values.ts';
import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { parseHistory } from '../../postgres/timeline-history.ts';
import { historyFileName, parseSegmentName, segmentName, segmentStart } from '../../postgres/wal-segment.ts';
import type { Position } from '../../stream/frame.ts';
import { WalRangeChecker } from '../../wal/check/range-checker.ts';
import type { StoppedCluster } from './stopped-cluster.ts';

/** Which WAL that is. */
export interface NeededWal {
  readonly start: Position;
  readonly stop: Position;
  /** One a timeline, the newest first. */
  readonly ranges: readonly WalRange[];
  /** Names of files in pg_wal, in the order of the WAL. */
  readonly segments: readonly string[];
  /** The histories of all timelines. */
  readonly histories: readonly string[];
}

const HISTORY = /^[0-9A-F]{8}\.history$/;
/** A record ends at a multiple of this (MAXALIGN). */
const ALIGNMENT = 8;

/** Finds it. Throws TroubleError if some of it is missing, BackupError if the checkpoint's record is damaged. */
export function findNeededWal(cluster: StoppedCluster): NeededWal {
  const { checkpoint, minRecovery, walSegmentBytes } = cluster.control;
  const start = { lsn: checkpoint.redo, timeline: checkpoint.timeline };
  const recordEnd = endOfCheckpoint(cluster);
  const stop = minRecovery.lsn > recordEnd ? minRecovery : { lsn: recordEnd, timeline: checkpoint.timeline };
  const names = [...namesInOrder(`${cluster.root}/${WAL_DIRECTORY}`)];
  return {
    start,
    stop,
    ranges: rangesOf(cluster, start, stop),
    segments: chooseSegments(names, start.lsn, stop, walSegmentBytes),
    histories: names.filter((name) => HISTORY.test(name)).sort(),
  };
}

/** Where the record of the last checkpoint ends, which must be sound. */
function endOfCheckpoint({ root, control, major }: StoppedCluster): Lsn {
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
function rangesOf({ root }: StoppedCluster, start: Position, stop: Position): WalRange[] {
  if (start.timeline === stop.timeline)
    return [{ timeline: start.timeline, start: start.lsn, end: stop.lsn }];
  const path = `${root}/${WAL_DIRECTORY}/${historyFileName(stop.timeline)}`;
  const text = attempt(`could not open file "${path}"`, () => readFileSync(path, 'latin1'));
  const ranges: WalRange[] = [];
  let begin: Lsn = start.lsn;
  for (const { timeline, end } of [
    ...parseHistory(stop.timeline, text),
    { timeline: stop.timeline, end: stop.lsn },
  ]) {
    if (timeline < start.timeline) continue;
    ranges.unshift({ timeline, start: begin, end });
    begin = end;
  }
  return ranges;
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
        detail: `The server needs WAL from ${formatLsn(start)} to ${formatLsn(stop.lsn)} to start.`,
      });
  return chosen.map(({ name }) => name);
}
