/** bb-split: a backup on standard input or stored earlier, into files. See bb-split(1). */

import { main, type Run } from '../lib/cli/main.ts';
import { Progress } from '../lib/cli/progress.ts';
import { inputOperand } from '../lib/cli/shared-options.ts';
import { SPLIT_OPTIONS } from '../lib/cli/split-options.ts';
import { readSplitTask } from '../lib/cli/split-task.ts';
import { runSplitTask } from '../lib/sink/split.ts';
import { openArchives, openContents } from '../lib/source/contents.ts';
import { openOperand } from '../lib/source/operand.ts';
import { openBackup } from '../lib/source/stdin.ts';

async function split({ args, messages, signal }: Run): Promise<void> {
  const task = readSplitTask(args);
  const progress = new Progress(SPLIT_OPTIONS.tool, task.progress);
  const open = task.kind === 'plain' ? openContents : task.kind === 'list' ? openArchives : openBackup;
  const frames = progress.watch(openOperand(inputOperand(args), open, signal));
  await runSplitTask(task, frames, { messages, signal });
}

await main(SPLIT_OPTIONS, split);
