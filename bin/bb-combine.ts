/** bb-combine: incremental backups, and the full one that they build upon, to a data directory. See bb-combine(1). */

import { COMBINE_OPTIONS } from '../lib/tool/combine/combine-options.ts';
import { readCombineTask } from '../lib/tool/combine/combine-task.ts';
import { runCombineTask } from '../lib/tool/combine/run-combine.ts';
import { type Invocation, main } from '../lib/tool/main.ts';

async function combine({ args, messages, signal }: Invocation): Promise<void> {
  await runCombineTask(readCombineTask(args), { messages, signal });
}

await main(COMBINE_OPTIONS, combine);
