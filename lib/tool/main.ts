/**
 * What every tool's main does: read the options, answer --help and --version, run, and turn the outcome into
 * one message and an exit status (outcome.ts).
 */

import { Output } from '../io/output.ts';
import { keepIgnoring } from '../terminal/ignored-signals.ts';
import { Messages } from '../terminal/messages.ts';
import { stoppingSignal } from '../terminal/signals.ts';
import { lines, type Text } from '../terminal/text.ts';
import { helpText } from './help.ts';
import { type Arguments, type OptionTable, parseArguments } from './options.ts';
import { tellFailure } from './outcome.ts';

declare const BB_VERSION: string;

/** What a tool is started with. */
export interface Invocation {
  readonly args: Arguments;
  readonly messages: Messages;
  /** Fires when the user wants the tool to stop. */
  readonly signal: AbortSignal;
}

/** Runs a tool, with the arguments of the process unless others are given. */
export async function main(
  table: OptionTable,
  body: (invocation: Invocation) => Promise<void>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  keepIgnoring();
  let messages = new Messages(table.tool);
  try {
    const args = parseArguments(table, argv);
    if (!(await answered(table, args))) {
      const { standardError } = messages;
      standardError.share();
      messages = new Messages(table.tool, { verbose: args.has('verbose'), standardError });
      await body({ args, messages, signal: stoppingSignal() });
    }
  } catch (error) {
    process.exitCode = tellFailure(messages, error);
  }
}

/** Prints what is asked for with --help and --version; false if neither is. */
export async function answered(table: OptionTable, args: Arguments): Promise<boolean> {
  if (args.has('help')) await print(lines(helpText(table).trimEnd().split('\n')));
  else if (args.has('version')) await print(await versionText(table.tool, args.has('verbose')));
  else return false;
  return true;
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
