/** bb-relocate: moves tablespaces in a backup that passes through. See bb-relocate(1). */

import { main } from '../lib/tool/main.ts';
import { RELOCATE_TOOL } from '../lib/tool/relocate/relocate-tool.ts';

await main(RELOCATE_TOOL.table, RELOCATE_TOOL.run);
