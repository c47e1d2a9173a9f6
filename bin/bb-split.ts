/** bb-split: a backup on standard input or stored earlier, into files. See bb-split(1). */

import { openArchives, openContents } from '../lib/source/inside.ts';
import { openOperand } from '../lib/source/operand.ts';
import { openBackup } from '../lib/source/stdin.ts';
import { isFilePart } from '../lib/stream/archive-name.ts';
import { main, type Run } from '../lib/tool/main.ts';
import { Progress } from '../lib/tool/progress.ts';
import { inputOperand } from '../lib/tool/shared-options.ts';
import { runSplitTask } from '../lib/tool/split/run-split.ts';
import { SPLIT_OPTIONS } from '../lib/tool/split/split-options.ts';
import { readSplitTask, type SplitTask } from '../lib/tool/split/split-task.ts';

async function split({ args, messages, signal }: Run): Promise<void> {
  const task = readSplitTask(args);
  const progress = new Progress(messages, task.progress);
  const frames = progress.watch(openOperand(inputOperand(args), readerFor(task), signal));
  await runSplitTask(task, frames, { messages, signal });
}

/** What is in a compressed tar is decompressed once: here, or where it is looked at. */
function readerFor(task: SplitTask): typeof openBackup {
  if (task.kind === 'list') return openArchives;
  const isInside = task.kind === 'plain' || (task.kind === 'stdout' && isFilePart(task.name));
  return isInside ? openContents : openBackup;
}

await main(SPLIT_OPTIONS, split);
