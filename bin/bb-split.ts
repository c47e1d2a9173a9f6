/** bb-split: a backup on standard input or stored earlier, into files. See bb-split(1). */

import { main } from '../lib/tool/main.ts';
import { SPLIT_TOOL } from '../lib/tool/split/split-tool.ts';

await main(SPLIT_TOOL.table, SPLIT_TOOL.run);
