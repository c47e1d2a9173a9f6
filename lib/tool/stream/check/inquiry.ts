/**
 * Questions in SQL, for what the replication protocol does not tell. The session for them may be missing: the
 * server may not let the user in, and with several host names or a proxy it may be another server.
 */

import type { Connection, Row } from '../../../libpq/connect/connection.ts';
import type { Sessions } from './sessions.ts';
import { reasonOf } from './verdict.ts';

/** What could not be asked, and why. */
export class UnansweredError extends Error {}

/** A session in which to ask, or the reason why there is none. */
export class Inquiry {
  readonly #session: Connection | string;

  private constructor(session: Connection | string) {
    this.#session = session;
  }

  /** Opens a session at the server that the replication connection is to. */
  static async open(sessions: Sessions, replication: Connection | undefined): Promise<Inquiry> {
    try {
      const session = await sessions.ordinary();
      const same = await isSameServer(session, replication, sessions.settings.hosts.length);
      return new Inquiry(same ? session : 'an ordinary connection reaches another server');
    } catch (error) {
      sessions.signal.throwIfAborted();
      return new Inquiry(reasonOf(error));
    }
  }

  /** There is none, for this reason. */
  static none(reason: string): Inquiry {
    return new Inquiry(reason);
  }

  /** The rows of a query. Throws UnansweredError with the reason. */
  async ask(sql: string): Promise<Row[]> {
    if (typeof this.#session === 'string') throw new UnansweredError(this.#session);
    try {
      return await this.#session.query(sql);
    } catch (error) {
      throw new UnansweredError(reasonOf(error), { cause: error });
    }
  }
}

async function isSameServer(
  session: Connection,
  replication: Connection | undefined,
  hosts: number,
): Promise<boolean> {
  if (replication === undefined) return hosts === 1;
  const sql = `SELECT 1 FROM pg_stat_activity WHERE pid = ${replication.processId} AND backend_type = 'walsender'`;
  return (await session.query(sql)).length > 0;
}
