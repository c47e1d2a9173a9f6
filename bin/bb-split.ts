/** bb-split: a backup on standard input or stored earlier, into files. See bb-split(1). */

import { isFilePart } from '../lib/backup/archive.ts';
import { main, type Run } from '../lib/cli/main.ts';
import { Progress } from '../lib/cli/progress.ts';
import { inputOperand } from '../lib/cli/shared-options.ts';
import { SPLIT_OPTIONS } from '../lib/cli/split-options.ts';
import { readSplitTask, type SplitTask } from '../lib/cli/split-task.ts';
import { runSplitTask } from '../lib/sink/split.ts';
import { openArchives, openContents } from '../lib/source/contents.ts';
import { openOperand } from '../lib/source/operand.ts';
import { openBackup } from '../lib/source/stdin.ts';

async function split({ args, messages, signal }: Run): Promise<void> {
  const task = readSplitTask(args);
  const progress = new Progress(SPLIT_OPTIONS.tool, task.progress);
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
