/** bb-verify: whether a backup is good. See bb-verify(1). */

import { main, type Run } from '../lib/cli/main.ts';
import { readVerifyTask, VERIFY_OPTIONS } from '../lib/cli/verify-options.ts';
import { runVerifyTask } from '../lib/verify/run.ts';

async function verify({ args, messages, signal }: Run): Promise<void> {
  await runVerifyTask(readVerifyTask(args), { tool: VERIFY_OPTIONS.tool, messages, signal });
}

await main(VERIFY_OPTIONS, verify);
