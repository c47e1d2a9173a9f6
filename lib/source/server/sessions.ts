/** The connections of one backup: all are made in one way, and a password is asked for only once. */

import { createBulkSocket } from '../../io/bulk-socket.ts';
import { Passwords, type PromptMode } from '../../libpq/auth/password.ts';
import { type ConnectHooks, connect } from '../../libpq/connect/connect.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { type ConnectionRequest, resolveSettings } from '../../libpq/conninfo/settings.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { SessionHooks } from '../../wal/receive/session.ts';

/** How to connect, and whether a password may be asked for. */
export interface ConnectionChoice {
  readonly request: ConnectionRequest;
  readonly prompt: PromptMode;
}

/** Opens sessions for replication, and ordinary ones for SQL. */
export interface Sessions extends SessionHooks {
  /** In the database that the user has named, or in one that every server has. */
  readonly ordinary: (signal: AbortSignal) => Promise<Connection>;
}

const DEFAULT_DATABASE = 'postgres';

/** Reads the settings. Throws TroubleError for those that libpq would refuse. */
export function sessionsOf({ request, prompt }: ConnectionChoice, messages: Messages): Sessions {
  const settings = resolveSettings(request);
  const passwords = new Passwords(settings, prompt, { warn: (text) => messages.warning(text) });
  const onNotice: ConnectHooks['onNotice'] = (notice) => messages.notice(notice);
  const database = settings.database ?? DEFAULT_DATABASE;
  return {
    connect: (signal) => connect(settings, { passwords, createSocket: createBulkSocket, onNotice, signal }),
    ordinary: (signal) => connect(settings, { passwords, database, onNotice, signal }),
    messages,
  };
}
