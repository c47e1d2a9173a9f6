/** bb-combine, by itself and, if it writes no directory, as the first stage of a pipeline. */

import { UsageError } from '../../errors/trouble.ts';
import type { Tool } from '../stage.ts';
import { readApplyTask } from './apply-task.ts';
import { COMBINE_OPTIONS } from './combine-options.ts';
import { readCombineTask } from './combine-task.ts';
import { runApplyTask } from './run-apply.ts';
import { runCombineTask } from './run-combine.ts';
import { combinedFrames } from './run-stream.ts';

export const COMBINE_TOOL: Tool = {
  table: COMBINE_OPTIONS,
  run: ({ args, ...run }) =>
    args.has('apply') ? runApplyTask(readApplyTask(args), run) : runCombineTask(readCombineTask(args), run),
  stage({ args, ...run }) {
    const task = args.has('apply') ? undefined : readCombineTask(args);
    if (task?.kind !== 'stream') throw new UsageError('cannot be a stage of a pipeline with a directory');
    return { kind: 'source', open: async () => combinedFrames(task, run) };
  },
  operand: () => undefined,
};
