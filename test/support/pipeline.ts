/**
 * Pipelines of real processes, with real pipes created by the shell, as users join the tools. Each stage has its own
 * exit status and standard error, and can be signalled while it runs.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo } from './account.ts';
import { announce, quote, shellText } from './announce.ts';
import { removeFolder, temporaryFolder } from './folder.ts';
import { type RunOptions, start } from './run.ts';
import { untilTrue } from './wait.ts';

/** One command of a pipeline. */
export interface Stage {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How to run a pipeline. Standard input is for the first stage; environment and account are for all stages. */
export interface PipelineOptions extends RunOptions {
  /** The file for the last stage's standard output, which is then not in the result. */
  readonly stdoutFile?: string;
}

/** The result of a pipeline: statuses and standard errors in the order of the stages. */
export interface PipelineResult {
  readonly statuses: readonly number[];
  readonly stdout: Buffer;
  readonly stderrs: readonly string[];
}

/** A pipeline that may still be running. */
export interface RunningPipeline {
  readonly finished: Promise<PipelineResult>;
  /** Signals one stage, as soon as it has started. */
  signal(stage: number, signal: NodeJS.Signals): Promise<void>;
}

/** Runs a pipeline to its end, whatever the exit statuses. */
export function pipeline(stages: readonly Stage[], options: PipelineOptions = {}): Promise<PipelineResult> {
  return startPipeline(stages, options).finished;
}

/** Runs a pipeline in which every stage must succeed. */
export async function pipelineOk(
  stages: readonly Stage[],
  options: PipelineOptions = {},
): Promise<PipelineResult> {
  const result = await pipeline(stages, options);
  if (result.statuses.every((status) => status === 0)) return result;
  throw new Error(`$ ${shellText(words(stages))}\nended with ${result.statuses}\n${result.stderrs.join('')}`);
}

/** Starts a pipeline without waiting for its end. */
export function startPipeline(stages: readonly Stage[], options: PipelineOptions = {}): RunningPipeline {
  announce(words(stages));
  const folder = temporaryFolder();
  if (options.account !== undefined) giveTo(options.account, folder);
  const bash = start('bash', ['-c', script(stages, folder, options.stdoutFile)], options);
  const finished = bash.finished
    .then(({ stdout }) => collect(stages, folder, stdout))
    .catch((error: Error) => {
      throw new Error(`${error.message}\n${stages.map((_, stage) => printed(folder, stage)).join('')}`);
    })
    .finally(() => removeFolder(folder));
  finished.catch(() => {}); // reported to whoever awaits it, be it later
  return {
    finished,
    async signal(stage, signal) {
      const hasStarted = () => Number(readIfThere(join(folder, `${stage}.pid`))) || undefined;
      process.kill(await untilTrue(`stage ${stage} has started`, hasStarted), signal);
    },
  };
}

function words(stages: readonly Stage[]): string[][] {
  return stages.map(({ command, args = [] }) => [command, ...args]);
}

/** Each stage writes its process ID to a file and then becomes its command; the shell writes the statuses. */
function script(stages: readonly Stage[], folder: string, stdoutFile: string | undefined): string {
  const commands = stages.map(({ command, args = [], env = {} }, stage) => {
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const become = ['sh', '-c', 'echo $$ >"$0"; exec "$@"', join(folder, `${stage}.pid`), 'env', ...settings];
    return `${[...become, command, ...args].map(quote).join(' ')} 2>${quote(stderrFile(folder, stage))}`;
  });
  const output = stdoutFile === undefined ? '' : ` >${quote(stdoutFile)}`;
  const keep = `echo "\${PIPESTATUS[@]}" >${quote(join(folder, 'statuses'))}`;
  return `${commands.join(' | ')}${output}\n${keep}\n`;
}

function collect(stages: readonly Stage[], folder: string, stdout: Buffer): PipelineResult {
  const statuses = readFileSync(join(folder, 'statuses'), 'utf8').trim().split(' ').map(Number);
  return { statuses, stdout, stderrs: stages.map((_, stage) => printed(folder, stage)) };
}

function printed(folder: string, stage: number): string {
  return readIfThere(stderrFile(folder, stage));
}

function stderrFile(folder: string, stage: number): string {
  return join(folder, `${stage}.stderr`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
