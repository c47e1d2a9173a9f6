/**
 * Errors that say "I could not do my work", as opposed to "this backup is not good" (lib/errors/backup-error.ts).
 * All make a tool exit with status 2. System errors (ENOSPC and the like) may also be thrown as they are.
 */

import type { Remarks } from './backup-error.ts';

/** Trouble with an act: connecting, opening, writing. The message is one line, lower case, the failed act first. */
export class TroubleError extends Error {
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, remarks: Remarks = {}) {
    super(message, { cause: remarks.cause });
    this.name = 'TroubleError';
    this.detail = remarks.detail;
    this.hint = remarks.hint;
  }
}

/** Several attempts failed, each for its own reason. `message` has them one a line, as libpq does. */
export class SeveralFailures extends TroubleError {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], remarks: Remarks = {}) {
    super(reasons.join('\n'), remarks);
    this.name = 'SeveralFailures';
    this.reasons = reasons;
  }
}

/** The command line makes no sense; the user is pointed to --help. */
export class UsageError extends TroubleError {
  constructor(message: string, remarks: Remarks = {}) {
    super(message, remarks);
    this.name = 'UsageError';
  }
}
