/**
 * A replication connection that is open and authenticated.
 *
 * Until the bulk data flows, `pg` holds the conversation: query() sends a simple command and returns its rows.
 * Then takeSocket() hands the socket over to somebody who decodes the copy stream; from there on only send(),
 * cancel() and close() may be called.
 */

import assert from 'node:assert';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { serialize } from 'pg-protocol';
import { TroubleError } from '../../errors/trouble.ts';
import { putBack } from '../../io/bulk-socket.ts';
import { parseServerVersion, type ServerVersion } from '../../postgres/server-version.ts';
import { requestCancel } from './cancel.ts';
import { asTrouble } from './connection-failure.ts';
import { CopyIn } from './copy-in.ts';
import type { Wire, WireOptions } from './wire.ts';

/** Values of one row as text; null is SQL's NULL. */
export type Row = readonly (string | null)[];

/** Everything comes back as the text that the server sent. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

/** An open replication connection. */
export class Connection {
  readonly serverVersion: ServerVersion;
  readonly #client: pg.Client;
  readonly #wire: Wire;
  readonly #wireOptions: WireOptions;
  /** Why the connection broke while nothing was asked of it. */
  #failure: Error | undefined;
  #taken = false;
  readonly #signal: AbortSignal | undefined;
  readonly #giveUp = (): void => this.abandon(this.#signal?.reason as Error);

  /**
   * Takes over a client that has just connected; `signal` ends the wait for answers until the socket is handed over.
   * Throws for a server whose version is not supported.
   */
  constructor(client: pg.Client, wire: Wire, wireOptions: WireOptions, signal?: AbortSignal) {
    this.#client = client;
    this.#wire = wire;
    this.#wireOptions = wireOptions;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#giveUp, { once: true });
    client.on('error', (error) => {
      this.#failure ??= error;
    });
    this.serverVersion = parseServerVersion(wire.parameters.get('server_version') ?? '');
  }

  /** Run-time parameters as the server reported them. */
  get parameters(): ReadonlyMap<string, string> {
    return this.#wire.parameters;
  }

  /** The process at the server that serves this connection. */
  get processId(): number {
    return this.#wire.cancelKey.processId;
  }

  /** Whether the connection is over TLS. */
  get encrypted(): boolean {
    return this.#wireOptions.tls !== undefined;
  }

  /** Tells if the connection breaks, or the server ends it, while nothing is asked of it. */
  onLoss(tell: (error: Error) => void): void {
    this.#client.on('error', tell);
  }

  /** Sends one simple command and returns its rows. Throws ServerError when the server refuses. */
  async query(sql: string, act = `could not send replication command "${sql}"`): Promise<Row[]> {
    assert(!this.#taken, 'the socket has been handed over');
    this.#signal?.throwIfAborted();
    if (this.#failure) throw asTrouble(act, this.#failure);
    try {
      const result = await this.#client.query<(string | null)[]>({
        text: sql,
        rowMode: 'array',
        types: AS_TEXT,
      });
      // Of several results the last counts, as in PQexec().
      return (Array.isArray(result) ? (result as (typeof result)[]).at(-1) : result)?.rows ?? [];
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw asTrouble(act, error as Error);
    }
  }

  /**
   * Sends a command whose answer is one row of at least this number of columns. Throws as query() does, and for any
   * other answer.
   */
  async queryRow(sql: string, columns: number): Promise<Row> {
    const rows = await this.query(sql);
    const [row = []] = rows;
    if (rows.length === 1 && row.length >= columns) return row;
    const got = `got ${rows.length} rows of ${row.length} columns, expected 1 row of ${columns} or more columns`;
    throw new TroubleError(`could not make sense of the answer to replication command "${sql}": ${got}`);
  }

  /**
   * Sends a command that takes data, and the data. Throws, as they are, the server's refusal of either and what
   * reading the contents throws.
   */
  async copyIn(sql: string, contents: AsyncIterable<Buffer>): Promise<void> {
    assert(!this.#taken, 'the socket has been handed over');
    if (this.#failure) throw this.#failure;
    const copy = new CopyIn(sql, contents);
    this.#client.query(copy);
    await copy.done;
  }

  /**
   * Hands over the socket, paused, with nobody listening for its data: what arrives from now on is the new
   * owner's, who must listen for its errors too. No command may be under way.
   */
  takeSocket(): Socket {
    assert(!this.#taken, 'the socket has been handed over');
    if (this.#failure) throw asTrouble('could not use the connection', this.#failure);
    this.#taken = true;
    this.#signal?.removeEventListener('abort', this.#giveUp);
    const socket = this.#wire.stream;
    socket.pause();
    socket.removeAllListeners('data');
    putBack(socket, this.#wire.unread);
    return socket;
  }

  /** Breaks the connection off: whoever waits for an answer gets the error. */
  abandon(error: Error): void {
    this.#wire.stream.destroy(error);
  }

  /** Writes bytes that are messages already. */
  send(messages: Uint8Array): void {
    this.#wire.stream.write(messages);
  }

  /** Asks the server, over another connection, to give up the command under way. Throws if it cannot be asked. */
  async cancel(): Promise<void> {
    await requestCancel(this.#wireOptions, this.#wire.cancelKey);
  }

  /** Says goodbye, as far as the server still listens, and closes. Resolves when the connection is gone. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#giveUp);
    const socket = this.#wire.stream;
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      // The connection ends anyway: a reset is no failure.
      socket.on('error', () => {});
      socket.end(serialize.end(), () => socket.destroy());
      // With a full send buffer the goodbye would wait for a server that may not be reading.
      if (socket.writableNeedDrain) socket.destroy();
    });
  }
}
