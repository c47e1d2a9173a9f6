/**
 * Whether a backup can be recovered to a target: not if the target lies before the backup's end, where the server
 * would give up after all the work ("requested recovery stop point is before consistent recovery point"). What a backup
 * says of its end is the LSN in its last rows; of the time it only says when it began, in backup_label.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { parseBackupLabel } from '../../postgres/backup-label.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import type { Filter } from '../../stream/frame.ts';
import type { RecoveryTarget } from './recovery.ts';
import { isBefore, parseTimestamp } from './timestamp.ts';

/** Forwards every frame. Throws TroubleError as soon as it is known that the target is before the backup. */
export function checkTarget(target: RecoveryTarget): Filter {
  return async function* (frames) {
    for await (const frame of frames) {
      if (frame.type === 'start') checkLsn(target, 'start', frame.lsn);
      if (frame.type === 'stop') checkLsn(target, 'end', frame.lsn);
      yield frame;
    }
  };
}

/** The same by the contents of backup_label. Throws BackupError if the label is none. */
export function checkTargetByLabel(target: RecoveryTarget, contents: Buffer): void {
  const { start, startTime = '' } = parseBackupLabel(contents);
  checkLsn(target, 'start', start);
  const moment = parseTimestamp(startTime);
  if (target.kind !== 'time' || moment === undefined || !isBefore(target.moment, moment)) return;
  throw tooEarly(target.text, 'start', startTime);
}

function checkLsn(target: RecoveryTarget, point: 'start' | 'end', lsn: Lsn): void {
  if (target.kind === 'lsn' && target.lsn < lsn) throw tooEarly(formatLsn(target.lsn), point, formatLsn(lsn));
}

function tooEarly(target: string, point: 'start' | 'end', limit: string): TroubleError {
  return new TroubleError(`recovery target is before the ${point} of the backup`, {
    detail: `The target is ${target}, the backup ${point}s at ${limit}.`,
    hint: 'Restore a backup that was taken before the target.',
  });
}
