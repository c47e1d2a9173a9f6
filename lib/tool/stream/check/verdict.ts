/**
 * What bb-stream --check finds out: for each thing that a backup needs, a verdict. "warning" stands for what a
 * backup survives but its owner should know, and for what could not be found out.
 */

import { ServerError } from '../../../libpq/connect/server-error.ts';

export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** Whether something holds, and what there is to say about it. */
export interface Verdict {
  readonly status: Status;
  readonly detail: string;
  /** What can be done about it, a sentence. */
  readonly hint?: string;
}

/** A verdict and what it is about. */
export interface Finding extends Verdict {
  readonly what: string;
}

export function ok(detail: string): Verdict {
  return { status: 'ok', detail };
}

export function warning(detail: string): Verdict {
  return { status: 'warning', detail };
}

export function failed(detail: string): Verdict {
  return { status: 'failed', detail };
}

/** Nothing was tried, since something that comes before it has failed. */
export function skipped(reason: string): Verdict {
  return { status: 'skipped', detail: reason };
}

/** The verdict with a hint, if there is one. */
export function withHint(verdict: Verdict, hint: string | undefined): Verdict {
  return hint === undefined ? verdict : { ...verdict, hint };
}

/** No verdict was possible. */
export function notKnown(reason: string): Verdict {
  return warning(`not known: ${reason}`);
}

/** Why something did not work, in one line: what the server said, if it was the server. */
export function reasonOf(error: unknown): string {
  if (error instanceof ServerError) return error.report.message;
  return (error as Error).message.replace(/\s*\n\s*/g, '; ');
}
