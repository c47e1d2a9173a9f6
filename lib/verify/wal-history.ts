/**
 * Whether the history file of the newest timeline that a backup has WAL of is there and agrees with the manifest. Where
 * there is WAL of several timelines, recovery does not find its way without it.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { WalRange } from '../manifest/values.ts';
import { checkHistory, parseHistory } from '../postgres/timeline-history.ts';
import { historyFileName } from '../postgres/wal-segment.ts';
import type { Verification } from './verification.ts';

/** Far more than a history ever has. */
export const MAX_HISTORY_BYTES = 1024 * 1024;

/** Gives the contents of a file by its name, of one that is too large more than is allowed; undefined if it is not there. */
export type ReadHistory = (name: string) => Buffer | undefined;

/** Checks the history, if there is to be one. */
export function checkWalHistory(
  ranges: readonly WalRange[],
  read: ReadHistory,
  { account, findings }: Verification,
): void {
  const timeline = Math.max(...ranges.map((range) => range.timeline));
  if (timeline === 1) return;
  const name = historyFileName(timeline);
  const bytes = read(name);
  try {
    if (bytes !== undefined && bytes.length > MAX_HISTORY_BYTES) {
      throw new BackupError(`history file "${name}" is too large`);
    } else if (bytes !== undefined) {
      checkHistory(timeline, parseHistory(timeline, bytes.toString('latin1')), ranges);
      account.parts.push(name);
    } else if (ranges.length > 1) {
      throw new BackupError(`history file "${name}" is missing`, {
        detail: 'The backup needs WAL of several timelines.',
      });
    } else account.skip(name, 'it is not there');
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    findings.addError('wal', error);
  }
}
