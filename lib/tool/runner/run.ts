/** What bb does with its command line: one program, a pipeline of programs, or help. */

import { UsageError } from '../../errors/trouble.ts';
import { keepIgnoring } from '../../terminal/ignored-signals.ts';
import { Messages } from '../../terminal/messages.ts';
import { stoppingSignal } from '../../terminal/signals.ts';
import { answered, main } from '../main.ts';
import { parseArguments } from '../options.ts';
import { tellFailure } from '../outcome.ts';
import type { Tool } from '../stage.ts';
import { type PlannedStage, runPipeline, StageError } from './run-pipeline.ts';
import { RUNNER_OPTIONS } from './runner-options.ts';
import { splitStages } from './stages.ts';
import { loadTool, nearestWord, TOOL_WORDS } from './tools.ts';

const HELP = 'help';

/** Runs what the words of the command line say; sets the exit status. */
export async function runWords(words: readonly string[]): Promise<void> {
  keepIgnoring();
  const messages = new Messages(RUNNER_OPTIONS.tool);
  try {
    const [first = ''] = words;
    if (first === '' || first.startsWith('-')) return await runItself(words);
    if (first === HELP) return await help(words.slice(1));
    const stages = splitStages(words);
    const [stage = []] = stages;
    if (stages.some(({ length }) => length === 0))
      throw new UsageError('a stage of the pipeline is empty, before or after "!"');
    if (stages.length === 1) return await runOne(stage);
    const planned = await Promise.all(stages.map((one) => plan(one, messages)));
    await runPlanned(planned);
  } catch (error) {
    const [teller, reason] = error instanceof StageError ? [error.messages, error.cause] : [messages, error];
    process.exitCode = tellFailure(teller, reason);
  }
}

/** Without a program there is nothing to run, but for --help and --version. */
async function runItself(words: readonly string[]): Promise<void> {
  if (await answered(RUNNER_OPTIONS, parseArguments(RUNNER_OPTIONS, words))) return;
  throw new UsageError('no program specified', { hint: `The programs are: ${TOOL_WORDS.join(', ')}.` });
}

async function help([word]: readonly string[]): Promise<void> {
  if (word === undefined) await runItself(['--help']);
  else await runOne([word, '--help']);
}

async function runOne([word = '', ...argv]: readonly string[]): Promise<void> {
  const { table, run } = await toolFor(word);
  await main(table, run, argv);
}

async function toolFor(word: string): Promise<Tool> {
  const tool = await loadTool(word);
  if (tool !== undefined) return tool;
  const nearest = nearestWord(word);
  throw new UsageError(`there is no program "${word}"`, {
    hint:
      nearest === undefined ? `The programs are: ${TOOL_WORDS.join(', ')}.` : `Did you mean "${nearest}"?`,
  });
}

/** A stage with its own messages. Its options are read at once, so that none begins if those of another are wrong. */
async function plan(
  [word = '', ...argv]: readonly string[],
  { standardError }: Messages,
): Promise<PlannedStage> {
  const tool = await toolFor(word);
  const { table } = tool;
  try {
    const args = parseArguments(table, argv);
    const verbose = args.has('verbose');
    return { word, tool, args, messages: new Messages(table.tool, { verbose, standardError }) };
  } catch (error) {
    throw new StageError(new Messages(table.tool, { standardError }), error);
  }
}

async function runPlanned(planned: readonly PlannedStage[]): Promise<void> {
  for (const { tool, args } of planned) if (await answered(tool.table, args)) return;
  planned[0]?.messages.standardError.share();
  process.exitCode = await runPipeline(withOneBar(planned), stoppingSignal());
}

/** Of several stages that are asked for progress, the last one shows it: it counts what has passed all others. */
function withOneBar(planned: readonly PlannedStage[]): readonly PlannedStage[] {
  const last = planned.findLast(({ args }) => args.has('progress'));
  return planned.map((stage) =>
    stage === last ? stage : { ...stage, args: stage.args.without('progress') },
  );
}
