/** A backup from a server, from the connection settings to the last frame. */

import type { Frame } from '../backup/frame.ts';
import type { Messages } from '../cli/messages.ts';
import type { ConnectionChoice } from '../cli/stream-options.ts';
import { createBulkSocket } from '../io/bulk-socket.ts';
import type { BaseBackupOptions } from '../server/commands.ts';
import { connect } from '../server/connect.ts';
import { Passwords } from '../server/password.ts';
import { resolveSettings } from '../server/settings.ts';
import { walsender } from './walsender.ts';

/** Connects, takes the backup and closes the connection. Throws what connecting and the backup throw. */
export async function* takeFromServer(
  { request, prompt }: ConnectionChoice,
  backup: BaseBackupOptions,
  messages: Messages,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const settings = resolveSettings(request);
  const connection = await connect(settings, {
    passwords: new Passwords(settings, prompt, { warn: (text) => messages.warning(text) }),
    createSocket: createBulkSocket,
    onNotice: (notice) => messages.notice(notice),
    signal,
  });
  try {
    messages.info('initiating base backup, waiting for checkpoint to complete');
    yield* walsender(connection, backup, signal);
  } finally {
    await connection.close();
  }
}
