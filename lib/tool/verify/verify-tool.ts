/** bb-verify, by itself and as a stage of a pipeline: it passes the backup on, unless it is the last one. */

import { UsageError } from '../../errors/trouble.ts';
import { inputOperand } from '../shared-options.ts';
import type { Tool } from '../stage.ts';
import { runVerifyTask, verifyFrames } from './run-verify.ts';
import { readVerifyTask, VERIFY_OPTIONS } from './verify-options.ts';

export const VERIFY_TOOL: Tool = {
  table: VERIFY_OPTIONS,
  run: ({ args, ...run }) => runVerifyTask(readVerifyTask(args), run),
  stage({ args, isLast, ...run }) {
    const task = readVerifyTask(args);
    const { directory } = task.places;
    if (directory !== undefined)
      throw new UsageError(`cannot pass on directory "${directory}"`, {
        hint: 'A directory is verified by itself.',
      });
    const filter = verifyFrames({ ...task, tee: task.tee || !isLast }, run);
    if (task.tee || !isLast) return { kind: 'filter', filter };
    return {
      kind: 'sink',
      consume: async (frames) => {
        for await (const _frame of filter(frames));
      },
    };
  },
  operand: inputOperand,
};
