/** bb-relocate, by itself and as a stage of a pipeline. */

import { Output } from '../../io/output.ts';
import { listStream } from '../../relocate/list.ts';
import { Progress } from '../progress.ts';
import { inputOperand } from '../shared-options.ts';
import type { Tool } from '../stage.ts';
import { RELOCATE_OPTIONS } from './relocate-options.ts';
import { readRelocateTask } from './relocate-task.ts';
import { moveInStream, runRelocateTask } from './run-relocate.ts';

export const RELOCATE_TOOL: Tool = {
  table: RELOCATE_OPTIONS,
  run: ({ args, ...run }) => runRelocateTask(readRelocateTask(args), inputOperand(args), run),
  stage({ args, messages, signal }) {
    const task = readRelocateTask(args);
    if (task.kind === 'list')
      return {
        kind: 'sink',
        consume: async (frames) => new Output(signal).write([(await listStream(frames)).bytes]),
      };
    const progress = new Progress(messages, task.progress);
    const move = moveInStream(task.mappings, messages);
    return { kind: 'filter', filter: (frames) => progress.watch(move(frames)) };
  },
  operand: inputOperand,
};
