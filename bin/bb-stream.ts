/** bb-stream: a base backup, of a server or one that was stored, on standard output. See bb-stream(1). */

import { main } from '../lib/tool/main.ts';
import { STREAM_TOOL } from '../lib/tool/stream/stream-tool.ts';

await main(STREAM_TOOL.table, STREAM_TOOL.run);
