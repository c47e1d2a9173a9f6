/** bb-combine without -D: backups as one, in a stream on standard output. */

import { tmpdir } from 'node:os';
import { streamCombined } from '../../combine/combine-stream.ts';
import { CombineSpool } from '../../combine/spool.ts';
import { openOutput } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import type { Frame } from '../../stream/frame.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { ReadProgress } from '../read-progress.ts';
import type { SplitContext } from '../split/split-task.ts';
import type { StreamTask } from './combine-task.ts';
import { findChain } from './find-chain.ts';

/** Combines into a stream, which ends in an abort whatever goes wrong. */
export async function runStream(task: StreamTask, context: SplitContext): Promise<void> {
  const output = openOutput(context.signal);
  await writeStream(combinedFrames(task, context), output);
}

/** The frames of the combined backup. Throws what combining does. */
export async function* combinedFrames(
  task: StreamTask,
  { messages, signal }: SplitContext,
): AsyncGenerator<Frame, void, undefined> {
  const { inputs, bytes } = await findChain(task.places, signal);
  const spooled = inputs.slice(0, -1);
  if (spooled.length > 0) {
    const size = formatSize(spooled.reduce((sum, input) => sum + input.bytes, 0));
    messages.info(
      `spooling ${formatCount(spooled.length, 'incremental backup')}, stored in ${size}, in "${tmpdir()}"`,
    );
  }
  const spool = await CombineSpool.open(task.spoolBytes);
  const progress = new ReadProgress(messages, task.progress);
  progress.begin(bytes);
  try {
    yield* streamCombined(inputs, spool, {
      algorithm: task.algorithm,
      signal,
      warn: (message, extras) => messages.warning(message, extras),
      add: (count) => progress.add(count),
    });
    await progress.end();
    messages.info(
      `combined ${formatCount(inputs.length, 'backup')}, ${formatSize(spool.size)} of it spooled`,
    );
  } finally {
    await progress.end();
    await spool.close();
  }
}
