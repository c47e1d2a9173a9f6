/** bb-relocate: moves tablespaces in a backup that passes through. See bb-relocate(1). */

import { type Invocation, main } from '../lib/tool/main.ts';
import { RELOCATE_OPTIONS } from '../lib/tool/relocate/relocate-options.ts';
import { readRelocateTask } from '../lib/tool/relocate/relocate-task.ts';
import { runRelocateTask } from '../lib/tool/relocate/run-relocate.ts';
import { inputOperand } from '../lib/tool/shared-options.ts';

async function relocate({ args, messages, signal }: Invocation): Promise<void> {
  await runRelocateTask(readRelocateTask(args), inputOperand(args), { messages, signal });
}

await main(RELOCATE_OPTIONS, relocate);
