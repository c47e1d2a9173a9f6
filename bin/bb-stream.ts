/** bb-stream: a base backup of a running server on standard output. See bb-stream(1). */

import { main, type Run } from '../lib/cli/main.ts';
import { narrate } from '../lib/cli/narrate.ts';
import { Progress } from '../lib/cli/progress.ts';
import { readQuestion } from '../lib/cli/question-options.ts';
import { progressForm } from '../lib/cli/shared-options.ts';
import { readBackupOptions, readConnectionChoice, STREAM_OPTIONS } from '../lib/cli/stream-options.ts';
import { readStreamingOptions } from '../lib/cli/wal-options.ts';
import { openOutput } from '../lib/io/output.ts';
import { writeStream } from '../lib/sink/stream.ts';

async function stream({ args, messages, signal }: Run): Promise<void> {
  const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
  const choice = readConnectionChoice(args);
  const question = readQuestion(args);
  if (question !== undefined) {
    const { answer } = await import('../lib/check/answer.ts');
    return await answer({ question, choice, request }, messages, signal);
  }
  const progress = new Progress(STREAM_OPTIONS.tool, progressForm(args));
  const output = openOutput(signal);
  const { takeFromServer } = await import('../lib/source/server.ts');
  const frames = takeFromServer(choice, request, messages, signal);
  await writeStream(progress.watch(narrate(frames, messages)), output);
}

await main(STREAM_OPTIONS, stream);
