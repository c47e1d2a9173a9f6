/**
 * Checks the WAL that the manifest says is needed, from record to record, in a directory or a tar of segment files. In
 * pg_verifybackup pg_waldump does this (parse_required_wal() in src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { BackupError } from '../errors/backup-error.ts';
import type { WalRange } from '../manifest/values.ts';
import { backupStart } from '../manifest/wal-ranges.ts';
import type { ControlFile } from '../postgres/control-file.ts';
import { NewerVersionError } from '../postgres/newer.ts';
import { isSegmentSize, segmentStart } from '../postgres/wal-segment.ts';
import { checkWalRange, type WalSource } from '../wal/check/check-range.ts';
import type { Facts } from './facts.ts';
import type { ChecksumSwitches } from './page-scope.ts';
import type { Verification } from './verification.ts';
import type { WalFile, WalFiles } from './wal-file.ts';
import { openWalFiles } from './wal-files.ts';
import { checkWalHistory, MAX_HISTORY_BYTES } from './wal-history.ts';
import { isHistory, isNeeded, reportSize } from './wal-segments.ts';

const BUFFER_BYTES = 256 * 1024;

/** Checks all ranges, and says whether data checksums were switched in them. */
export async function checkWal(
  ranges: readonly WalRange[],
  path: string,
  facts: Facts,
  verification: Verification,
): Promise<ChecksumSwitches> {
  const { account, findings, parseWal } = verification;
  const { control } = facts;
  const obstacle = findObstacle(parseWal, ranges, control);
  if (obstacle !== undefined || control === undefined) {
    account.skip('WAL', obstacle ?? 'the control file was not read');
    return 'not known';
  }
  const isWanted = (name: string) => isHistory(name) || isNeeded(name, ranges, control.walSegmentBytes);
  let files: WalFiles | undefined;
  try {
    files = await openWalFiles(path, isWanted);
    return await checkRanges(ranges, files, facts.version, control, verification);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    findings.addError('wal', error);
    return 'not known';
  } finally {
    await files?.close();
  }
}

function findObstacle(
  parseWal: boolean,
  ranges: readonly WalRange[],
  control: ControlFile | undefined,
): string | undefined {
  if (!parseWal) return 'not wanted';
  if (ranges.length === 0) return 'the manifest names none';
  if (control !== undefined && !isSegmentSize(control.walSegmentBytes))
    return 'the control file has no valid segment size';
  return undefined;
}

async function checkRanges(
  ranges: readonly WalRange[],
  files: WalFiles,
  version: number | undefined,
  { walSegmentBytes: segmentBytes, systemIdentifier }: ControlFile,
  verification: Verification,
): Promise<ChecksumSwitches> {
  const { account, findings, signal } = verification;
  checkWalHistory(ranges, (name) => readHistory(files, name), verification);
  const source = segmentsOf(files, segmentBytes, verification);
  const oldest = backupStart(ranges)?.timeline;
  let switches: ChecksumSwitches = 'none';
  for (const range of ranges) {
    signal.throwIfAborted();
    const { timeline, start: begin, end } = range;
    // Recovery reads a segment in which a timeline branched off from that timeline's file, all of it.
    const isBranch = timeline !== oldest;
    const start = isBranch ? segmentStart(begin, segmentBytes) : begin;
    const expected = { timeline, start, isBranch, segmentBytes, systemIdentifier, version };
    try {
      const checker = await checkWalRange(expected, end, source, begin);
      account.addWal(range, checker.records);
      if (checker.switchesChecksums(end)) switches = 'some';
    } catch (error) {
      if (error instanceof NewerVersionError) account.skipNewer('WAL', error);
      else if (error instanceof BackupError) findings.addError('wal', error);
      else throw error;
      if (switches === 'none') switches = 'not known';
    }
  }
  return switches;
}

function readHistory(files: WalFiles, name: string): Buffer | undefined {
  const file = files.open(name);
  if (file === undefined) return undefined;
  try {
    // One byte more tells a file that is too large.
    const buffer = Buffer.alloc(MAX_HISTORY_BYTES + 1);
    return buffer.subarray(0, file.read(buffer, 0));
  } finally {
    file.close();
  }
}

/** Segments, of which those that do not have the right size are told of once. */
function segmentsOf(files: WalFiles, segmentBytes: number, verification: Verification): WalSource {
  const buffer = Buffer.alloc(BUFFER_BYTES);
  const told = new Set<string>();
  return (segment, offset) => {
    const file = files.open(segment);
    if (file === undefined) return undefined;
    if (file.size !== segmentBytes && !told.has(segment)) {
      told.add(segment);
      reportSize(segment, file.size, segmentBytes, verification);
    }
    return readFrom(file, offset, segmentBytes, buffer);
  };
}

/** What a file has after the end of its segment is not WAL. */
async function* readFrom(
  file: WalFile,
  offset: number,
  segmentBytes: number,
  buffer: Buffer,
): AsyncGenerator<Buffer> {
  try {
    for (let at = offset; at < segmentBytes; ) {
      const bytes = file.read(buffer.subarray(0, segmentBytes - at), at);
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
      at += bytes;
    }
  } finally {
    file.close();
  }
}
