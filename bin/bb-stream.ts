/** bb-stream: a base backup of a server, running or stopped, on standard output. See bb-stream(1). */

import { openOutput } from '../lib/io/output.ts';
import { writeStream } from '../lib/sink/stream.ts';
import type { OfflineRequest } from '../lib/source/pgdata/offline.ts';
import { type Invocation, main } from '../lib/tool/main.ts';
import { Progress } from '../lib/tool/progress.ts';
import { progressForm } from '../lib/tool/shared-options.ts';
import { narrate } from '../lib/tool/stream/narrate.ts';
import { readQuestion } from '../lib/tool/stream/question-options.ts';
import {
  readBackupOptions,
  readConnectionChoice,
  readOffline,
  STREAM_OPTIONS,
} from '../lib/tool/stream/stream-options.ts';
import { readStreamingOptions } from '../lib/tool/stream/wal-options.ts';

async function stream({ args, messages, signal }: Invocation): Promise<void> {
  const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
  const offline = readOffline(args, request.backup);
  const choice = readConnectionChoice(args);
  const question = readQuestion(args);
  if (question !== undefined) {
    const { answer } = await import('../lib/tool/stream/check/answer.ts');
    return await answer({ question, choice, request }, messages, signal);
  }
  const progress = new Progress(messages, progressForm(args));
  const output = openOutput(signal);
  // Either is loaded only when it is needed.
  const fromServer = async () => {
    const { takeFromServer } = await import('../lib/source/server/server.ts');
    return takeFromServer(choice, request, messages, signal);
  };
  const fromFiles = async (from: OfflineRequest) => {
    const { takeOffline } = await import('../lib/source/pgdata/offline.ts');
    return takeOffline(from, signal);
  };
  const frames = offline === undefined ? await fromServer() : await fromFiles(offline);
  const tell = narrate(messages, { checkpoint: offline === undefined });
  await writeStream(progress.watch(tell(frames)), output);
}

await main(STREAM_OPTIONS, stream);
