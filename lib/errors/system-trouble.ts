/** System calls with errors that say what was tried: could not create file "base.tar": File exists. */

import { constants } from 'node:os';
import { systemErrorText } from './system-error.ts';
import { TroubleError } from './trouble.ts';

const { ENOSPC, EDQUOT } = constants.errno;

/** The error for an act, as in `could not create file "base.tar"`, that the system refused. */
export function systemTrouble(act: string, cause: unknown): TroubleError {
  const { errno = 0 } = cause as NodeJS.ErrnoException;
  const full = errno === -ENOSPC || errno === -EDQUOT;
  const hint = full ? { hint: 'Check free disk space.' } : {};
  return new TroubleError(`${act}: ${systemErrorText(cause)}`, { cause, ...hint });
}

/** Does the work. If the system refuses, throws TroubleError for the act. */
export function attempt<Result>(act: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw systemTrouble(act, error);
  }
}

/** The same for asynchronous work. */
export async function attemptAsync<Result>(act: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw systemTrouble(act, error);
  }
}
