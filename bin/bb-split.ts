/** bb-split: a backup on standard input or stored earlier, into files. See bb-split(1). */

import { type Invocation, main } from '../lib/tool/main.ts';
import { inputOperand } from '../lib/tool/shared-options.ts';
import { runSplitTask } from '../lib/tool/split/run-split.ts';
import { SPLIT_OPTIONS } from '../lib/tool/split/split-options.ts';
import { readSplitTask } from '../lib/tool/split/split-task.ts';

async function split({ args, messages, signal }: Invocation): Promise<void> {
  await runSplitTask(readSplitTask(args), inputOperand(args), { messages, signal });
}

await main(SPLIT_OPTIONS, split);
