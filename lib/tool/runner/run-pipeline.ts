/**
 * A pipeline inside one process: stages in, which are joined by their frames. What happens is what happens to the
 * programs in a pipeline of the shell: each stage tells of its own failures under its own name, those after it are told
 * that the backup was aborted, those before it end quietly.
 */

import { UsageError } from '../../errors/trouble.ts';
import { insistOnStream } from '../../filter/insist-on-stream.ts';
import { openOutput } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import { openBackup } from '../../source/open-backup.ts';
import { openOperand } from '../../source/operand.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { Arguments } from '../options.ts';
import { tellFailure } from '../outcome.ts';
import type { Stage, Tool } from '../stage.ts';
import { border } from './border.ts';

const STREAMS_ONLY = insistOnStream('a pipeline in one process takes backup streams only');

/** A stage whose options make no sense, to be told under its name. */
export class StageError extends Error {
  readonly messages: Messages;

  constructor(messages: Messages, cause: unknown) {
    super('invalid stage', { cause });
    this.name = 'StageError';
    this.messages = messages;
  }
}

/** One stage, with its options. */
export interface PlannedStage {
  /** The word for it. */
  readonly word: string;
  readonly tool: Tool;
  readonly args: Arguments;
  readonly messages: Messages;
}

interface OpenStage extends PlannedStage {
  readonly stage: Stage;
}

/**
 * Runs the stages; returns the exit status. Throws StageError for the options of a stage, UsageError for stages that cannot
 * be joined.
 */
export async function runPipeline(planned: readonly PlannedStage[], signal: AbortSignal): Promise<number> {
  const stages = planned.map((one, index) => open(one, index === planned.length - 1, signal));
  checkPlaces(stages);
  const failures = new Failures();
  const last = stages.at(-1);
  if (last === undefined) return 0;
  try {
    let frames = await begin(stages[0] ?? last, signal);
    for (const [index, { stage, messages }] of stages.entries()) {
      if (stage.kind === 'filter') frames = stage.filter(frames);
      if (stage.kind === 'sink') await stage.consume(frames);
      else if (index === stages.length - 1) await writeStream(frames, openOutput(signal));
      else frames = border(frames, (error) => failures.tell(messages, error));
    }
  } catch (error) {
    failures.tell(last.messages, error);
  }
  return failures.status;
}

/** The failures of a pipeline, of which the first decides the exit status. */
class Failures {
  status = 0;

  /** Ends the process if the failure is a signal. */
  tell(messages: Messages, error: unknown): void {
    const status = tellFailure(messages, error);
    if (this.status === 0) this.status = status;
  }
}

function open(planned: PlannedStage, isLast: boolean, signal: AbortSignal): OpenStage {
  const { tool, args, messages } = planned;
  try {
    return { ...planned, stage: tool.stage({ args, messages, signal, isLast }) };
  } catch (error) {
    throw new StageError(messages, error);
  }
}

function checkPlaces(stages: readonly OpenStage[]): void {
  for (const [index, { word, stage, tool, args }] of stages.entries()) {
    if (stage.kind === 'source' && index > 0)
      throw new UsageError(`"${word}" can only be the first stage of a pipeline`);
    if (stage.kind === 'sink' && index < stages.length - 1)
      throw new UsageError(`"${word}" with these options can only be the last stage of a pipeline`);
    const operand = tool.operand(args);
    if (operand !== undefined && index > 0)
      throw new UsageError(`"${word}" reads from the stage before it, and not from "${operand}"`);
  }
}

/** The frames that the first stage gives, or is given. */
async function begin({ stage, tool, args }: OpenStage, signal: AbortSignal): Promise<AsyncIterable<Frame>> {
  if (stage.kind === 'source') return stage.open();
  return STREAMS_ONLY(openOperand(tool.operand(args), openBackup, signal));
}
