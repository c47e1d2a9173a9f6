/**
 * Checks the WAL that the manifest says is needed, from record to record, in a directory of segment files. In
 * pg_verifybackup pg_waldump does this (parse_required_wal() in src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../backup/error.ts';
import { attempt, systemTrouble } from '../io/system-trouble.ts';
import type { WalRange } from '../manifest/contents.ts';
import { checkWalRange, type WalSource } from '../wal/check-range.ts';
import { isSegmentSize, segmentStart } from '../wal/segment.ts';
import { backupStart, type Facts } from './facts.ts';
import type { Verification } from './verification.ts';
import { checkWalHistory } from './wal-history.ts';

const BUFFER_BYTES = 256 * 1024;
/** Far more than a history ever has. */
const MAX_HISTORY_BYTES = 1024 * 1024;

/** Checks all ranges. */
export async function checkWal(
  ranges: readonly WalRange[],
  directory: string,
  { control, version }: Facts,
  verification: Verification,
): Promise<void> {
  const { account, findings, parseWal, signal } = verification;
  const obstacle = findObstacle(parseWal, ranges, control?.walSegmentBytes);
  if (obstacle !== undefined || control === undefined) {
    account.skip('WAL', obstacle ?? 'there is no good control file');
    return;
  }
  const { walSegmentBytes: segmentBytes, systemIdentifier } = control;
  checkWalHistory(ranges, (name) => readHistory(join(directory, name)), verification);
  const oldest = backupStart(ranges)?.timeline;
  for (const range of ranges) {
    signal.throwIfAborted();
    const { timeline, start: begin, end } = range;
    // Recovery reads a segment in which a timeline branched off from that timeline's file, all of it.
    const isBranch = timeline !== oldest;
    const start = isBranch ? segmentStart(begin, segmentBytes) : begin;
    const expected = { timeline, start, isBranch, segmentBytes, systemIdentifier, version };
    try {
      account.addWal(range, await checkWalRange(expected, end, segmentFiles(directory), begin));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      findings.addError('wal', error);
    }
  }
}

function findObstacle(
  parseWal: boolean,
  ranges: readonly WalRange[],
  segmentBytes: number | undefined,
): string | undefined {
  if (!parseWal) return 'not wanted';
  if (ranges.length === 0) return 'the manifest names none';
  if (segmentBytes !== undefined && !isSegmentSize(segmentBytes))
    return 'the control file has no valid segment size';
  return undefined;
}

function readHistory(path: string): Buffer | undefined {
  const fd = openIfThere(path);
  if (fd === undefined) return undefined;
  try {
    const buffer = Buffer.alloc(MAX_HISTORY_BYTES);
    return buffer.subarray(
      0,
      attempt(`could not read file "${path}"`, () => readSync(fd, buffer)),
    );
  } finally {
    closeSync(fd);
  }
}

/** The segments that lie as files in a directory. */
function segmentFiles(directory: string): WalSource {
  const buffer = Buffer.alloc(BUFFER_BYTES);
  return (segment, offset) => {
    const path = join(directory, segment);
    const fd = openIfThere(path);
    return fd === undefined ? undefined : readFrom(fd, path, offset, buffer);
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemTrouble(`could not open file "${path}"`, error);
  }
}

async function* readFrom(fd: number, path: string, offset: number, buffer: Buffer): AsyncGenerator<Buffer> {
  try {
    for (let at = offset; ; ) {
      const bytes = attempt(`could not read file "${path}"`, () =>
        readSync(fd, buffer, 0, buffer.length, at),
      );
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
      at += bytes;
    }
  } finally {
    closeSync(fd);
  }
}
