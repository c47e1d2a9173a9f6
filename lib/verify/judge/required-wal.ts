/**
 * The WAL that the manifest says is needed: that it is there, sound from record to record, and in files of the right
 * size. In pg_verifybackup pg_waldump does this (parse_required_wal() in src/bin/pg_verifybackup/pg_verifybackup.c).
 */

import type { WalRange } from '../../manifest/values.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { FoundWal, OpenWal } from '../records/found-backup.ts';
import { isNeeded } from '../records/wal-names.ts';
import { noteError, type Verification } from '../shared/verification.ts';
import type { ChecksumSwitches } from './page-obstacles.ts';
import { judgeHistory } from './wal-history.ts';

/** Checks all ranges, and says whether data checksums were switched in them. */
export async function judgeWal(
  ranges: readonly WalRange[],
  found: FoundWal,
  files: ControlFiles,
  verification: Verification,
): Promise<ChecksumSwitches> {
  const { statistics, findings, parseWal } = verification;
  if (parseWal && !found.hasArchive)
    findings.add({
      check: 'wal',
      message: 'WAL archive not found',
      hint: 'Say where WAL is with -w/--wal-path, or use -n/--no-parse-wal.',
    });
  const obstacle = findObstacle(ranges, parseWal) ?? found.obstacle(files);
  if (obstacle !== undefined) {
    statistics.skip('WAL', obstacle);
    return 'not known';
  }
  let wal: OpenWal | undefined;
  try {
    wal = await found.open(ranges, files);
    judgeSizes(ranges, wal, verification);
    judgeHistory(ranges, wal, verification);
    return await judgeRanges(ranges, wal, verification);
  } catch (error) {
    noteError('wal', 'WAL', error, verification);
    return 'not known';
  } finally {
    await wal?.close();
  }
}

function findObstacle(ranges: readonly WalRange[], parseWal: boolean): string | undefined {
  if (!parseWal) return 'not wanted';
  return ranges.length === 0 ? 'the manifest names none' : undefined;
}

/** No server leaves a file that is longer or shorter than a segment. */
function judgeSizes(ranges: readonly WalRange[], wal: OpenWal, { findings }: Verification): void {
  const { segmentBytes } = wal;
  if (segmentBytes === undefined) return;
  for (const [name, bytes] of wal.sizes()) {
    if (bytes === segmentBytes || !isNeeded(name, ranges, segmentBytes)) continue;
    const message = `WAL segment "${name}" has ${bytes} bytes instead of ${segmentBytes}`;
    findings.add({ check: 'wal', path: `pg_wal/${name}`, message });
  }
}

async function judgeRanges(
  ranges: readonly WalRange[],
  wal: OpenWal,
  verification: Verification,
): Promise<ChecksumSwitches> {
  let switches: ChecksumSwitches = 'none';
  for (const range of ranges) {
    verification.signal.throwIfAborted();
    try {
      const checker = await wal.check(range);
      verification.statistics.addWal(range, checker.records);
      if (checker.switchesChecksums(range.end)) switches = 'some';
    } catch (error) {
      noteError('wal', 'WAL', error, verification);
      if (switches === 'none') switches = 'not known';
    }
  }
  return switches;
}
