/** bb-stream, by itself and as the first stage of a pipeline. */

import { UsageError } from '../../errors/trouble.ts';
import { openOutput } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Invocation } from '../main.ts';
import { Progress } from '../progress.ts';
import { progressForm } from '../shared-options.ts';
import type { Tool } from '../stage.ts';
import { narrate } from './narrate.ts';
import { readQuestion } from './question-options.ts';
import type { FileSource } from './source-options.ts';
import { readBackupOptions, readConnectionChoice, readSource, STREAM_OPTIONS } from './stream-options.ts';
import { readStreamingOptions } from './wal-options.ts';

export const STREAM_TOOL: Tool = {
  table: STREAM_OPTIONS,
  run: stream,
  stage(invocation) {
    if (readQuestion(invocation.args) !== undefined)
      throw new UsageError('cannot take a backup and answer a question at once');
    return { kind: 'source', open: prepare(invocation) };
  },
  operand: () => undefined,
};

async function stream(invocation: Invocation): Promise<void> {
  const { args, messages, signal } = invocation;
  const open = prepare(invocation);
  const question = readQuestion(args);
  if (question !== undefined) {
    const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
    const { answer } = await import('./check/answer.ts');
    return await answer({ question, choice: readConnectionChoice(args), request }, messages, signal);
  }
  const output = openOutput(signal);
  await writeStream(await open(), output);
}

/** Reads the options; the function that is returned begins the backup. */
function prepare({ args, messages, signal }: Invocation): () => Promise<AsyncIterable<Frame>> {
  const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
  const files = readSource(args, request.backup);
  const choice = readConnectionChoice(args);
  const progress = new Progress(messages, progressForm(args));
  const tell = narrate(messages, { checkpoint: files === undefined });
  // Only loaded when it is needed.
  const openServer = async () => {
    const { takeFromServer } = await import('../../source/server/server.ts');
    return takeFromServer(choice, request, messages, signal);
  };
  return async () => {
    const frames = files === undefined ? await openServer() : await openFiles(files, signal);
    return progress.watch(tell(frames));
  };
}

async function openFiles(files: FileSource, signal: AbortSignal): Promise<AsyncIterable<Frame>> {
  if (files.kind === 'offline') {
    const { takeOffline } = await import('../../source/pgdata/offline.ts');
    return takeOffline(files.request, signal);
  }
  const { readPlace } = await import('../../source/stored/place.ts');
  return readPlace(files.place, signal);
}
