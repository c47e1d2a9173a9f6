/** bb-stream: a base backup, of a server or one that was stored, on standard output. See bb-stream(1). */

import { openOutput } from '../lib/io/output.ts';
import { writeStream } from '../lib/sink/stream.ts';
import type { Frame } from '../lib/stream/frame.ts';
import { type Invocation, main } from '../lib/tool/main.ts';
import { Progress } from '../lib/tool/progress.ts';
import { progressForm } from '../lib/tool/shared-options.ts';
import { narrate } from '../lib/tool/stream/narrate.ts';
import { readQuestion } from '../lib/tool/stream/question-options.ts';
import type { FileSource } from '../lib/tool/stream/source-options.ts';
import {
  readBackupOptions,
  readConnectionChoice,
  readSource,
  STREAM_OPTIONS,
} from '../lib/tool/stream/stream-options.ts';
import { readStreamingOptions } from '../lib/tool/stream/wal-options.ts';

async function stream({ args, messages, signal }: Invocation): Promise<void> {
  const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
  const files = readSource(args, request.backup);
  const choice = readConnectionChoice(args);
  const question = readQuestion(args);
  if (question !== undefined) {
    const { answer } = await import('../lib/tool/stream/check/answer.ts');
    return await answer({ question, choice, request }, messages, signal);
  }
  // Only loaded when it is needed.
  const fromServer = async () => {
    const { takeFromServer } = await import('../lib/source/server/server.ts');
    return takeFromServer(choice, request, messages, signal);
  };
  const progress = new Progress(messages, progressForm(args));
  const output = openOutput(signal);
  const frames = files === undefined ? await fromServer() : await openFiles(files, signal);
  const tell = narrate(messages, { checkpoint: files === undefined });
  await writeStream(progress.watch(tell(frames)), output);
}

async function openFiles(files: FileSource, signal: AbortSignal): Promise<AsyncIterable<Frame>> {
  if (files.kind === 'offline') {
    const { takeOffline } = await import('../lib/source/pgdata/offline.ts');
    return takeOffline(files.request, signal);
  }
  const { readPlace } = await import('../lib/source/stored/place.ts');
  return readPlace(files.place, signal);
}

await main(STREAM_OPTIONS, stream);
