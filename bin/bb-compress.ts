/** bb-compress: a backup stream or any file, compressed or decompressed, in a pipe. See bb-compress(1). */

import { COMPRESS_TOOL } from '../lib/tool/compress/compress-tool.ts';
import { main } from '../lib/tool/main.ts';

await main(COMPRESS_TOOL.table, COMPRESS_TOOL.run);
