/**
 * The verdict "this backup is not good", as an exception: cut short, malformed, aborted upstream, or not
 * what it says it is. A tool that throws it exits with status 1; for every other error the status is 2.
 */

/** What may accompany a message, in the form of PostgreSQL's own reports: whole sentences, each optional. */
export interface Remarks {
  readonly detail?: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The backup is not good. The message is one line, lower case, the failed act first. */
export class BackupError extends Error {
  readonly detail: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, remarks: Remarks = {}) {
    super(message, { cause: remarks.cause });
    this.name = 'BackupError';
    this.detail = remarks.detail;
    this.hint = remarks.hint;
  }
}
