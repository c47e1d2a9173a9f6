/** What goes wrong with one of several backups, with the backup in the message: an error in, the same or a new one out. */

import { BackupError } from '../errors/backup-error.ts';
import { remarksOf } from '../errors/remarks.ts';
import { TroubleError } from '../errors/trouble.ts';

/** The same error, with the backup in its message. */
export function located(error: unknown, place: string): unknown {
  if (!(error instanceof Error) || error.message.includes(place)) return error;
  const { detail, hint } = remarksOf(error);
  const message = `backup at "${place}": ${error.message}`;
  const remarks = { ...(detail === undefined ? {} : { detail }), cause: error };
  if (error instanceof BackupError)
    return new BackupError(message, { ...remarks, ...(hint === undefined ? {} : { hint }) });
  // There is no option for the algorithm, which only the manifest tells, at the end of the backup.
  if (!(error instanceof TroubleError) || hint?.includes('--algorithm') !== true) return error;
  return new TroubleError(message, {
    ...remarks,
    hint: 'Store the backup as archives with bb-split, and combine those.',
  });
}
