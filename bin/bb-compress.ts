/** bb-compress: a backup stream or any file, compressed or decompressed, in a pipe. See bb-compress(1). */

import { COMPRESS_OPTIONS, readCompressTask } from '../lib/cli/compress-options.ts';
import { main, type Run } from '../lib/cli/main.ts';
import { Progress } from '../lib/cli/progress.ts';
import { openInput } from '../lib/io/input.ts';
import { openOutput } from '../lib/io/output.ts';
import { runCompressTask } from '../lib/sink/compress.ts';

async function compress({ args, messages, signal }: Run): Promise<void> {
  const task = readCompressTask(args);
  const output = openOutput(signal);
  const progress = new Progress(COMPRESS_OPTIONS.tool, task.progress);
  await runCompressTask(task, openInput(signal), { output, messages, progress, signal });
}

await main(COMPRESS_OPTIONS, compress);
