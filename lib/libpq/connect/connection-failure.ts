/**
 * Failures of a connection, worded as libpq words them (fe-misc.c, fe-secure-openssl.c): what the server said,
 * what the system said, what OpenSSL said, or that the server has gone.
 */

import { DatabaseError } from 'pg-protocol';
import type { Remarks } from '../../errors/backup-error.ts';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { isTlsError, tlsFailureText } from '../tls/tls-failure.ts';
import { ServerError, toReport } from './server-error.ts';

const CONNECTION_LOST = {
  message: 'server closed the connection unexpectedly',
  detail: 'This probably means the server terminated abnormally before or while processing the request.',
};

/** Makes a TroubleError of an act and the error by which it failed. */
export function asTrouble(act: string, error: Error): TroubleError {
  if (isServerReport(error)) return new ServerError(act, toReport(error));
  if (error instanceof TroubleError) return new TroubleError(`${act}: ${error.message}`, remarksOf(error));
  if (isTlsError(error)) return new TroubleError(`${act}: ${tlsFailureText(error)}`, { cause: error });
  if (isConnectionLoss(error)) {
    return new TroubleError(`${act}: ${CONNECTION_LOST.message}`, {
      detail: CONNECTION_LOST.detail,
      cause: error,
    });
  }
  return new TroubleError(`${act}: ${systemErrorText(error)}`, { cause: error });
}

/** Whether the server itself reported this. */
export function isServerReport(error: Error): error is DatabaseError {
  return error instanceof DatabaseError;
}

/** Detail, hint and origin of an error, for another one that says more. */
export function remarksOf({ detail, hint, cause }: TroubleError): Remarks {
  return { ...(detail !== undefined && { detail }), ...(hint !== undefined && { hint }), cause };
}

function isConnectionLoss(error: NodeJS.ErrnoException): boolean {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return true;
  return /^Connection terminated|^Client has encountered a connection error/.test(error.message);
}
