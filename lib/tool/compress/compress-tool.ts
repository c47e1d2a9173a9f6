/** bb-compress, by itself and as a stage of a pipeline. */

import { openOutput } from '../../io/output.ts';
import { discard } from '../../sink/discard.ts';
import { openBackup } from '../../source/open-backup.ts';
import { isPlace, openBytes, openOperand } from '../../source/operand.ts';
import type { Invocation } from '../main.ts';
import { Progress } from '../progress.ts';
import { inputOperand } from '../shared-options.ts';
import type { Tool } from '../stage.ts';
import { COMPRESS_OPTIONS, readCompressTask } from './compress-options.ts';
import { compressBackup, convertStream, runCompressTask } from './run-compress.ts';

export const COMPRESS_TOOL: Tool = {
  table: COMPRESS_OPTIONS,
  run: compress,
  stage({ args, messages, signal }) {
    const task = readCompressTask(args);
    const filter = convertStream(task, { messages, signal, progress: new Progress(messages, task.progress) });
    if (task.kind !== 'test') return { kind: 'filter', filter };
    return { kind: 'sink', consume: (frames) => discard(filter(frames)) };
  },
  operand: inputOperand,
};

async function compress({ args, messages, signal }: Invocation): Promise<void> {
  const task = readCompressTask(args);
  const output = task.kind === 'test' ? undefined : openOutput(signal);
  const progress = new Progress(messages, task.progress);
  const context = { output, messages, progress, signal };
  const operand = inputOperand(args);
  if (isPlace(operand)) await compressBackup(task, openOperand(operand, openBackup, signal), context);
  else await runCompressTask(task, openBytes(operand, signal), context);
}
