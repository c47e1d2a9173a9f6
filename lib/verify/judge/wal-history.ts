/**
 * Whether the history file of the newest timeline that a backup has WAL of is there and agrees with the manifest. Where
 * there is WAL of several timelines, recovery does not find its way without it.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { WalRange } from '../../manifest/values.ts';
import { checkHistory, parseHistory } from '../../postgres/timeline-history.ts';
import { historyFileName } from '../../postgres/wal-segment.ts';
import type { OpenWal } from '../records/found-backup.ts';
import { MAX_HISTORY_BYTES } from '../records/wal-names.ts';
import { noteError, type Verification } from '../shared/verification.ts';

/** Checks the history, if there is to be one. */
export function judgeHistory(ranges: readonly WalRange[], wal: OpenWal, verification: Verification): void {
  const timeline = Math.max(...ranges.map((range) => range.timeline));
  if (timeline === 1) return;
  const name = historyFileName(timeline);
  const { statistics } = verification;
  const bytes = wal.history(name);
  try {
    if (bytes !== undefined && bytes.length > MAX_HISTORY_BYTES) {
      throw new BackupError(`history file "${name}" is too large`);
    } else if (bytes !== undefined) {
      checkHistory(timeline, parseHistory(timeline, bytes.toString('latin1')), ranges);
      statistics.addPart(name);
    } else if (ranges.length > 1) {
      throw new BackupError(`history file "${name}" is missing`, {
        detail: 'The backup needs WAL of several timelines.',
      });
    } else statistics.skip(name, 'it is not there');
  } catch (error) {
    noteError('wal', name, error, verification);
  }
}
