/** bb-verify: whether a backup is good. See bb-verify(1). */

import { type Invocation, main } from '../lib/tool/main.ts';
import { runVerifyTask } from '../lib/tool/verify/run-verify.ts';
import { readVerifyTask, VERIFY_OPTIONS } from '../lib/tool/verify/verify-options.ts';

async function verify({ args, messages, signal }: Invocation): Promise<void> {
  await runVerifyTask(readVerifyTask(args), { messages, signal });
}

await main(VERIFY_OPTIONS, verify);
