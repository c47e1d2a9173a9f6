/** What a check can use. */

import type { Connection } from '../../../libpq/connect/connection.ts';
import { show } from '../../../libpq/replication/commands.ts';
import type { BackupRequest } from '../../../source/server/server.ts';
import { type Inquiry, UnansweredError } from './inquiry.ts';
import type { Sessions } from './sessions.ts';
import type { Verdict } from './verdict.ts';

/** The backup that is to be, and the ways to the server. */
export interface Context {
  readonly request: BackupRequest;
  readonly sessions: Sessions;
  /** The first connection for replication, if there is one. */
  readonly connection: Connection | undefined;
  readonly inquiry: Inquiry;
}

/** One check. When it throws UnansweredError, nothing is known; when it throws TroubleError, it has failed. */
export interface Check {
  readonly what: string;
  readonly run: (context: Context) => Verdict | Promise<Verdict>;
  /** Whether it makes sense for this backup; always, if not given. */
  readonly applies?: (request: BackupRequest) => boolean;
}

/** The connection for replication. Throws UnansweredError if there is none. */
export function replicationOf({ connection }: Context): Connection {
  if (connection === undefined) throw new UnansweredError('there is no replication connection');
  return connection;
}

/** A run-time parameter, from either of the connections. */
export async function parameter({ connection, inquiry }: Context, name: string): Promise<string> {
  const rows = await (connection?.query(show(name)) ?? inquiry.ask(show(name)));
  return rows[0]?.[0] ?? '';
}
