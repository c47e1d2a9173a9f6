/** Failures while WAL is received: which of them another connection may mend, and their messages. */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { asTrouble } from '../../libpq/connect/connection-failure.ts';
import { ServerError } from '../../libpq/connect/server-error.ts';
import { SpoolError } from './spool.ts';

/** SQLSTATE undefined_file: the server has recycled the segment. */
const WAL_IS_GONE = '58P01';

/**
 * Whether another connection may help. What the server refuses on the first connection, it refuses for good. After a
 * session was lost, its slot and its process may exist for a moment more.
 */
export function canBeMended(error: unknown, { reopened }: { reopened: boolean }): boolean {
  if (error instanceof BackupError || error instanceof SpoolError) return false;
  if (!(error instanceof ServerError)) return true;
  if (error.code === WAL_IS_GONE) return false;
  return reopened || error.severity === 'FATAL';
}

/** The error for the user. */
export function explain(error: unknown): Error {
  const act = 'could not receive write-ahead log';
  if (error instanceof BackupError) {
    const { message, detail } = error;
    return new TroubleError(`${act}: ${message}`, { ...(detail !== undefined && { detail }), cause: error });
  }
  return error instanceof TroubleError ? error : asTrouble(act, error as Error);
}
