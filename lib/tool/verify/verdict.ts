/** The verdict on a backup, once everything was told that there is to tell: as errors, which decide the exit status. */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { type Check, FirstFindingError } from '../../verify/shared/findings.ts';
import { noteError, type Verification } from '../../verify/shared/verification.ts';

/** The backup is not good, and everything about it has been told. */
class Verdict extends BackupError {}

/** Nothing is wrong with what could be checked, and not all could. */
class NoVerdict extends TroubleError {}

/**
 * Throws if the backup is not good, or it cannot be said. What was found counts more than what could not be checked.
 */
export function throwVerdict({ statistics: { newer }, findings: { all } }: Verification): void {
  if (all.length > 0) {
    const problems = `${all.length} ${all.length === 1 ? 'problem' : 'problems'}`;
    const remarks = newer.length === 0 ? {} : { detail: `Not all was checked: ${newer.join('; ')}.` };
    throw new Verdict(`backup verification failed: ${problems} found`, remarks);
  }
  if (newer.length > 0) throw new NoVerdict(newer.join('; '));
}

/** Whether throwVerdict() has thrown it. */
export function isVerdict(error: unknown): boolean {
  return error instanceof Verdict || error instanceof NoVerdict;
}

/** Takes what ended a verification too early for a finding, if it is about the backup. Throws it otherwise. */
export function noteEnding(check: Check, error: unknown, verification: Verification): void {
  try {
    if (!(error instanceof FirstFindingError)) noteError(check, check, error, verification);
  } catch (thrown) {
    if (!(thrown instanceof FirstFindingError)) throw thrown;
  }
}
