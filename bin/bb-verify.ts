/** bb-verify: whether a backup is good. See bb-verify(1). */

import { main } from '../lib/tool/main.ts';
import { VERIFY_TOOL } from '../lib/tool/verify/verify-tool.ts';

await main(VERIFY_TOOL.table, VERIFY_TOOL.run);
