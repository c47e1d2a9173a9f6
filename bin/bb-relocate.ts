/** bb-relocate: tablespaces to other places, in a backup that passes through. See bb-relocate(1). */

import { main, type Run } from '../lib/cli/main.ts';
import { RELOCATE_OPTIONS, readRelocateTask } from '../lib/cli/relocate-options.ts';
import { inputOperand } from '../lib/cli/shared-options.ts';
import { runRelocateTask } from '../lib/relocate/run.ts';

async function relocate({ args, messages, signal }: Run): Promise<void> {
  await runRelocateTask(readRelocateTask(args), inputOperand(args), {
    tool: RELOCATE_OPTIONS.tool,
    messages,
    signal,
  });
}

await main(RELOCATE_OPTIONS, relocate);
