/** bb: the programs of bb, one or several in one process. See bb(1). */

import { runWords } from '../lib/tool/runner/run.ts';

await runWords(process.argv.slice(2));
