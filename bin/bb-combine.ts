/** bb-combine: incremental backups, and the full one that they build upon, to a data directory. See bb-combine(1). */

import { COMBINE_TOOL } from '../lib/tool/combine/combine-tool.ts';
import { main } from '../lib/tool/main.ts';

await main(COMBINE_TOOL.table, COMBINE_TOOL.run);
