/**
 * A backup from a server, from the connection settings to the last frame: over one connection, or over two when
 * WAL is streamed beside it.
 */

import { createBulkSocket } from '../../io/bulk-socket.ts';
import { Passwords, type PromptMode } from '../../libpq/auth/password.ts';
import { type ConnectHooks, connect } from '../../libpq/connect/connect.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { type ConnectionRequest, resolveSettings } from '../../libpq/conninfo/settings.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import { type StreamingOptions, WalFeed } from '../../wal/receive/feed.ts';
import type { SessionHooks } from '../../wal/receive/session.ts';
import { walsender } from './walsender.ts';
import { withWal } from './with-wal.ts';

/** How to connect, and whether a password may be asked for. */
export interface ConnectionChoice {
  readonly request: ConnectionRequest;
  readonly prompt: PromptMode;
}

/** What kind of backup is to be taken; WAL is streamed beside it if `streaming` is there. */
export interface BackupRequest {
  readonly backup: BaseBackupOptions;
  readonly streaming: StreamingOptions | undefined;
}

/** Connects, takes the backup and closes the connections. Throws what connecting and the backup throw. */
export async function* takeFromServer(
  choice: ConnectionChoice,
  { backup, streaming }: BackupRequest,
  messages: Messages,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const hooks = sessionHooks(choice, messages);
  const connection = await hooks.connect(signal);
  try {
    const frames = takeBackup(connection, backup, messages, signal);
    if (streaming === undefined) yield* frames;
    else yield* streamWal(frames, hooks, streaming, signal);
  } finally {
    await connection.close();
  }
}

/** All connections are made in one way, and a password is asked for only once. */
function sessionHooks({ request, prompt }: ConnectionChoice, messages: Messages): SessionHooks {
  const settings = resolveSettings(request);
  const passwords = new Passwords(settings, prompt, { warn: (text) => messages.warning(text) });
  const onNotice: ConnectHooks['onNotice'] = (notice) => messages.notice(notice);
  return {
    connect: (signal) => connect(settings, { passwords, createSocket: createBulkSocket, onNotice, signal }),
    messages,
  };
}

async function* takeBackup(
  connection: Connection,
  backup: BaseBackupOptions,
  messages: Messages,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  messages.info('initiating base backup, waiting for checkpoint to complete');
  yield* walsender(connection, backup, signal);
}

/** The slot must be there before the backup begins, so that no WAL is lost. */
async function* streamWal(
  frames: AsyncIterable<Frame>,
  hooks: SessionHooks,
  streaming: StreamingOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const feed = await WalFeed.open(hooks, streaming, signal);
  let failed = true;
  try {
    yield* withWal(feed)(frames);
    failed = false;
  } finally {
    await feed.close({ failed });
  }
}
