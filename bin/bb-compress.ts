/** bb-compress: a backup stream or any file, compressed or decompressed, in a pipe. See bb-compress(1). */

import { openOutput } from '../lib/io/output.ts';
import { openBackup } from '../lib/source/open-backup.ts';
import { isDirectory, openBytes, openOperand } from '../lib/source/operand.ts';
import { COMPRESS_OPTIONS, readCompressTask } from '../lib/tool/compress/compress-options.ts';
import { compressBackup, runCompressTask } from '../lib/tool/compress/run-compress.ts';
import { type Invocation, main } from '../lib/tool/main.ts';
import { Progress } from '../lib/tool/progress.ts';
import { inputOperand } from '../lib/tool/shared-options.ts';

async function compress({ args, messages, signal }: Invocation): Promise<void> {
  const task = readCompressTask(args);
  const output = task.kind === 'test' ? undefined : openOutput(signal);
  const progress = new Progress(messages, task.progress);
  const context = { output, messages, progress, signal };
  const operand = inputOperand(args);
  if (isDirectory(operand)) await compressBackup(task, openOperand(operand, openBackup, signal), context);
  else await runCompressTask(task, openBytes(operand, signal), context);
}

await main(COMPRESS_OPTIONS, compress);
