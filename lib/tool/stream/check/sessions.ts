/**
 * The sessions that the checks use: some for replication, opened as a backup opens its own, and perhaps an
 * ordinary one, for SQL, which answers what replication commands do not. All are closed together.
 */

import { Passwords } from '../../../libpq/auth/password.ts';
import { type ConnectHooks, connect } from '../../../libpq/connect/connect.ts';
import type { Connection } from '../../../libpq/connect/connection.ts';
import { type ConnectionSettings, resolveSettings } from '../../../libpq/conninfo/settings.ts';
import type { ConnectionChoice } from '../../../source/server/sessions.ts';
import type { Messages } from '../../../terminal/messages.ts';

/** Where to look when the user has named no database: it is on every server. */
const DEFAULT_DATABASE = 'postgres';

/** Opens sessions and keeps them. */
export class Sessions {
  readonly settings: ConnectionSettings;
  readonly signal: AbortSignal;
  readonly #passwords: Passwords;
  readonly #messages: Messages;
  readonly #open: Connection[] = [];

  constructor({ request, prompt }: ConnectionChoice, messages: Messages, signal: AbortSignal) {
    this.settings = resolveSettings(request);
    this.signal = signal;
    this.#messages = messages;
    this.#passwords = new Passwords(this.settings, prompt, { warn: (text) => messages.warning(text) });
  }

  /** One more session for replication. */
  replication(): Promise<Connection> {
    return this.#connect({ passwords: this.#passwords });
  }

  /** An ordinary session of the same user. It never asks for a password. */
  ordinary(): Promise<Connection> {
    const database = this.settings.database ?? DEFAULT_DATABASE;
    return this.#connect({ passwords: this.#passwords.withoutAsking(), database });
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((connection) => connection.close()));
  }

  async #connect(hooks: ConnectHooks): Promise<Connection> {
    const connection = await connect(this.settings, {
      ...hooks,
      onNotice: (notice) => this.#messages.notice(notice),
      signal: this.signal,
    });
    this.#open.push(connection);
    return connection;
  }
}
