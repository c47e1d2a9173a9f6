/** bb-combine: incremental backups, and the full one that they build upon, to a data directory. See bb-combine(1). */

import { readApplyTask } from '../lib/tool/combine/apply-task.ts';
import { COMBINE_OPTIONS } from '../lib/tool/combine/combine-options.ts';
import { readCombineTask } from '../lib/tool/combine/combine-task.ts';
import { runApplyTask } from '../lib/tool/combine/run-apply.ts';
import { runCombineTask } from '../lib/tool/combine/run-combine.ts';
import { type Invocation, main } from '../lib/tool/main.ts';

async function combine({ args, messages, signal }: Invocation): Promise<void> {
  if (args.has('apply')) await runApplyTask(readApplyTask(args), { messages, signal });
  else await runCombineTask(readCombineTask(args), { messages, signal });
}

await main(COMBINE_OPTIONS, combine);
