/**
 * The outcome of a tool that has failed: the only place that prints errors and decides the exit status:
 *
 *   1  the backup is not good (BackupError)
 *   2  trouble: everything else
 *
 * A tool whose reader has gone dies by SIGPIPE and says nothing; one that was interrupted dies by that signal.
 */

import { AssertionError } from 'node:assert';
import { BackupError } from '../errors/backup-error.ts';
import { remarksOf } from '../errors/remarks.ts';
import { systemErrorText } from '../errors/system-error.ts';
import { SeveralFailures, UsageError } from '../errors/trouble.ts';
import { ReaderGoneError } from '../io/output.ts';
import type { Extras, Messages } from '../terminal/messages.ts';
import { dieBy, InterruptedError } from '../terminal/signals.ts';
import { stackOf } from '../terminal/stack.ts';

const STATUS_BAD_BACKUP = 1;
const STATUS_TROUBLE = 2;

/** Prints what was thrown, in the name of the tool. Returns the exit status, or ends the process by a signal. */
export function tellFailure(messages: Messages, error: unknown): number {
  messages.standardError.leaveBar();
  if (error instanceof ReaderGoneError) dieBy('SIGPIPE');
  if (error instanceof InterruptedError) dieBy(error.signal);
  messages.error(messageOf(error), extrasOf(messages.tool, error));
  if (process.env.BB_DEBUG === '1' || error instanceof AssertionError)
    messages.standardError.write(stackOf(error));
  return error instanceof BackupError ? STATUS_BAD_BACKUP : STATUS_TROUBLE;
}

/** The message for anything that was thrown. */
function messageOf(error: unknown): string {
  if (error instanceof SeveralFailures) return error.reasons.map((reason) => reason.trim()).join(' ');
  if (isSystemError(error)) return `${error.syscall}: ${systemErrorText(error)}`;
  return String((error as Error).message ?? error).trimEnd();
}

function extrasOf(tool: string, error: unknown): Extras {
  const { detail, hint } = remarksOf(error);
  const help = error instanceof UsageError ? `Try "${tool} --help" for more information.` : undefined;
  return { detail, hint: hint ?? help };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).errno !== undefined;
}
