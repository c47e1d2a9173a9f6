/**
 * What every tool's main does: it reads the options, answers --help and --version, runs the tool, and turns the outcome
 * into one message and an exit status. This is the only place that prints errors and sets the status:
 *
 *   0  done
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
import { Output, ReaderGoneError } from '../io/output.ts';
import { keepIgnoring } from '../terminal/ignored-signals.ts';
import { type Extras, Messages } from '../terminal/messages.ts';
import { dieBy, InterruptedError, stoppingSignal } from '../terminal/signals.ts';
import { stackOf } from '../terminal/stack.ts';
import { lines, type Text } from '../terminal/text.ts';
import { helpText } from './help.ts';
import { type Arguments, type OptionTable, parseArguments } from './options.ts';

declare const BB_VERSION: string;

const STATUS_BAD_BACKUP = 1;
const STATUS_TROUBLE = 2;

/** What a tool is started with. */
export interface Invocation {
  readonly args: Arguments;
  readonly messages: Messages;
  /** Fires when the user wants the tool to stop. */
  readonly signal: AbortSignal;
}

/** Runs a tool. */
export async function main(
  table: OptionTable,
  body: (invocation: Invocation) => Promise<void>,
): Promise<void> {
  keepIgnoring();
  let messages = new Messages(table.tool);
  try {
    const argv = process.argv.slice(2);
    const args = parseArguments(table, argv);
    if (args.has('help')) await print(lines(helpText(table).trimEnd().split('\n')));
    else if (args.has('version')) await print(await versionText(table.tool, args.has('verbose')));
    else {
      const { standardError } = messages;
      standardError.share();
      messages = new Messages(table.tool, { verbose: args.has('verbose'), standardError });
      await body({ args, messages, signal: stoppingSignal() });
    }
  } catch (error) {
    fail(table.tool, messages, error);
  }
}

/** One line for programs to read; with -v also the libraries in use, which takes time to find out. */
async function versionText(tool: string, verbose: boolean): Promise<Text> {
  const { componentLines } = verbose ? await import('./components.ts') : { componentLines: () => [] };
  return lines([`${tool} (bb) ${BB_VERSION}`, ...componentLines()]);
}

/** Through Output, as a backup is: a full disk is an error, and a reader that has gone is not. */
function print({ bytes }: Text): Promise<void> {
  return new Output(new AbortController().signal).write([bytes]);
}

function fail(tool: string, messages: Messages, error: unknown): void {
  messages.standardError.leaveBar();
  if (error instanceof ReaderGoneError) dieBy('SIGPIPE');
  if (error instanceof InterruptedError) dieBy(error.signal);
  messages.error(messageOf(error), extrasOf(tool, error));
  if (process.env.BB_DEBUG === '1' || error instanceof AssertionError)
    messages.standardError.write(stackOf(error));
  process.exitCode = error instanceof BackupError ? STATUS_BAD_BACKUP : STATUS_TROUBLE;
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
