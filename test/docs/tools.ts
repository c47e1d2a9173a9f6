/** The tools whose documents are tested: their option tables, and the functions that read the values of options. */

import { readdirSync, readFileSync } from 'node:fs';
import { resolveSettings } from '../../lib/libpq/conninfo/settings.ts';
import { readApplyTask } from '../../lib/tool/combine/apply-task.ts';
import { COMBINE_OPTIONS } from '../../lib/tool/combine/combine-options.ts';
import { readCombineTask } from '../../lib/tool/combine/combine-task.ts';
import { COMPRESS_OPTIONS, readCompressTask } from '../../lib/tool/compress/compress-options.ts';
import { type Arguments, type Option, type OptionTable, parseArguments } from '../../lib/tool/options.ts';
import { RELOCATE_OPTIONS } from '../../lib/tool/relocate/relocate-options.ts';
import { readRelocateTask } from '../../lib/tool/relocate/relocate-task.ts';
import { RUNNER_OPTIONS } from '../../lib/tool/runner/runner-options.ts';
import { SPLIT_OPTIONS } from '../../lib/tool/split/split-options.ts';
import { readSplitTask } from '../../lib/tool/split/split-task.ts';
import { readQuestion } from '../../lib/tool/stream/question-options.ts';
import {
  readBackupOptions,
  readConnectionChoice,
  STREAM_OPTIONS,
} from '../../lib/tool/stream/stream-options.ts';
import { readVerifyTask, VERIFY_OPTIONS } from '../../lib/tool/verify/verify-options.ts';

/** A tool of ours. */
export interface Tool {
  readonly table: OptionTable;
  /** Throws for a command line that the tool refuses before it begins. */
  readonly accept: (argv: readonly string[]) => void;
}

/** All of them, by name. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ['bb', { table: RUNNER_OPTIONS, accept: acceptStages }],
  ['bb-stream', tool(STREAM_OPTIONS, readStream)],
  ['bb-split', tool(SPLIT_OPTIONS, readSplitTask)],
  ['bb-compress', tool(COMPRESS_OPTIONS, readCompressTask)],
  ['bb-relocate', tool(RELOCATE_OPTIONS, readRelocateTask)],
  ['bb-combine', tool(COMBINE_OPTIONS, readCombine)],
  ['bb-verify', tool(VERIFY_OPTIONS, readVerifyTask)],
]);

function tool(table: OptionTable, read: (args: Arguments) => void): Tool {
  return { table, accept: (argv) => read(parseArguments(table, argv)) };
}

/** The stages of bb are command lines of the other tools. */
function acceptStages(argv: readonly string[]): void {
  const [word = '', ...rest] = argv;
  const end = rest.indexOf('!');
  const stage = TOOLS.get(`bb-${word}`);
  if (stage === undefined) throw new Error(`no tool is called ${word}`);
  stage.accept(end < 0 ? rest : rest.slice(0, end));
  if (end >= 0) acceptStages(rest.slice(end + 1));
}

/** The files of man/. */
export const PAGES: readonly string[] = readdirSync('man').sort();
export const README = readFileSync('README.md', 'utf8');
export const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8'));

/** The options of a table, in the order of --help. */
export function optionsOf(table: OptionTable): readonly Option[] {
  return table.groups.flatMap((group) => group.options);
}

/** The options that a text may name. */
export function spellings(options: readonly Option[]): Set<string> {
  return new Set(
    options.flatMap(({ name, short, digits, value }) => [
      `--${name}`,
      ...(short ? [`-${short}`] : []),
      ...(digits ? [`-${value}`] : []),
    ]),
  );
}

function readCombine(args: Arguments): void {
  if (args.has('apply')) readApplyTask(args);
  else readCombineTask(args);
}

function readStream(args: Arguments): void {
  readBackupOptions(args);
  readQuestion(args);
  resolveSettings(readConnectionChoice(args).request, { HOME: '/home/nobody' });
}
