/**
 * A backup from a server, from the connection settings to the last frame: over one connection, or over two when
 * WAL is streamed beside it.
 */

import type { Connection } from '../../libpq/connect/connection.ts';
import type { BaseBackupOptions } from '../../libpq/replication/commands.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { StreamingOptions } from '../../wal/receive/feed.ts';
import { type ConnectionChoice, sessionsOf } from './sessions.ts';
import { walsender } from './walsender.ts';
import { streamWal } from './with-wal.ts';

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
  const sessions = sessionsOf(choice, messages);
  const connection = await sessions.connect(signal);
  try {
    const frames = takeBackup(connection, backup, messages, signal);
    if (streaming === undefined) yield* frames;
    else yield* streamWal(frames, sessions, streaming, signal);
  } finally {
    await connection.close();
  }
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
