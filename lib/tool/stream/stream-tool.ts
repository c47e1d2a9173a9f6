/** bb-stream, by itself and as the first stage of a pipeline. */

import { UsageError } from '../../errors/trouble.ts';
import { openOutput } from '../../io/output.ts';
import { writeStream } from '../../sink/stream.ts';
import type { FileRequest } from '../../source/pgdata/cluster-backup.ts';
import type { OnlineRequest, Stopping } from '../../source/pgdata/online.ts';
import type { BackupRequest } from '../../source/server/server.ts';
import type { ConnectionChoice } from '../../source/server/sessions.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Invocation } from '../main.ts';
import type { Arguments } from '../options.ts';
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
    return { kind: 'source', open: prepare(invocation, stoppingBy(invocation.signal)) };
  },
  operand: () => undefined,
};

async function stream(invocation: Invocation): Promise<void> {
  const { args, messages } = invocation;
  const stopping = stoppingBy(invocation.signal);
  const open = prepare(invocation, stopping);
  const question = readQuestion(args);
  if (question !== undefined) {
    const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
    const { answer } = await import('./check/answer.ts');
    const { signal } = invocation;
    return await answer({ question, choice: readConnectionChoice(args), request }, messages, signal);
  }
  const output = openOutput(stopping.signal);
  await writeStream(await open(), output);
}

/** Fires with the user's signal, or when the source gives up while nobody waits for it: writing ends soon then. */
function stoppingBy(signal: AbortSignal): Stopping {
  const controller = new AbortController();
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  return { signal: controller.signal, giveUp: (reason) => controller.abort(reason) };
}

/** Reads the options; the function that is returned begins the backup. */
function prepare({ args, messages }: Invocation, stopping: Stopping): () => Promise<AsyncIterable<Frame>> {
  const request = { backup: readBackupOptions(args), streaming: readStreamingOptions(args) };
  const files = readSource(args, request.backup);
  const choice = readConnectionChoice(args);
  const progress = new Progress(messages, progressForm(args));
  const hasCheckpoint = files === undefined || files.kind === 'online';
  const tell = narrate(messages, { checkpoint: hasCheckpoint });
  const { signal } = stopping;
  // Only loaded when it is needed.
  const openSource = async (): Promise<AsyncIterable<Frame>> => {
    if (files?.kind === 'online') {
      const { takeOnline } = await import('../../source/pgdata/online.ts');
      return takeOnline(onlineRequest(files.request, choice, request, args), messages, stopping);
    }
    if (files !== undefined) return openFiles(files, signal);
    const { takeFromServer } = await import('../../source/server/server.ts');
    return takeFromServer(choice, request, messages, signal);
  };
  return async () => progress.watch(tell(await openSource()));
}

function onlineRequest(
  files: FileRequest,
  connection: ConnectionChoice,
  { backup, streaming }: BackupRequest,
  args: Arguments,
): OnlineRequest {
  return {
    ...files,
    connection,
    label: backup.label,
    fast: backup.checkpoint === 'fast',
    wal: { fetch: backup.wal, slot: !args.has('no-slot') },
    streaming,
    maxRate: backup.maxRate,
  };
}

async function openFiles(
  files: Exclude<FileSource, { kind: 'online' }>,
  signal: AbortSignal,
): Promise<AsyncIterable<Frame>> {
  if (files.kind === 'stored') {
    const { readPlace } = await import('../../source/stored/place.ts');
    return readPlace(files.request, signal);
  }
  const { takeOffline } = await import('../../source/pgdata/offline.ts');
  return takeOffline(files.request, signal);
}
