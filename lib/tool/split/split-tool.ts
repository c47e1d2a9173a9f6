/** bb-split, by itself and as the last stage of a pipeline. */

import { inputOperand } from '../shared-options.ts';
import type { Tool } from '../stage.ts';
import { runSplitTask, splitFrames } from './run-split.ts';
import { SPLIT_OPTIONS } from './split-options.ts';
import { readSplitTask } from './split-task.ts';

export const SPLIT_TOOL: Tool = {
  table: SPLIT_OPTIONS,
  run: ({ args, ...run }) => runSplitTask(readSplitTask(args), inputOperand(args), run),
  stage({ args, ...run }) {
    const task = readSplitTask(args);
    return { kind: 'sink', consume: (frames) => splitFrames(task, frames, run) };
  },
  operand: inputOperand,
};
