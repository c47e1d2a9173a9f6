/**
 * A command that takes data from us: the server answers with CopyInResponse, gets CopyData until our CopyDone, and then
 * reports success or an error (manual, "COPY Operations"). For `pg` it is a query like any other: `pg` calls the
 * methods that are named after the messages.
 *
 * Only one chunk at a time is in memory.
 */

import type { Writable } from 'node:stream';
import type pg from 'pg';
import { serialize } from 'pg-protocol';

/** The parts of pg's Connection that are used here, which @types/pg leaves out. */
interface PgConnection {
  readonly stream: Writable;
  query(text: string): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** One such command, to be submitted to a pg.Client. */
export class CopyIn implements pg.Submittable {
  /** Fulfilled when the server is ready for the next command; rejected with its error, or what reading threw. */
  readonly done: Promise<void>;
  readonly #command: string;
  readonly #contents: AsyncIterable<Buffer>;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  /** Why we could not send all of it. */
  #failure: unknown;
  #refused = false;

  /** A chunk may be overwritten once the next is asked for. */
  constructor(command: string, contents: AsyncIterable<Buffer>) {
    this.#command = command;
    this.#contents = contents;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: unknown): void {
    (connection as PgConnection).query(this.#command);
  }

  handleCopyInResponse(connection: PgConnection): void {
    this.#send(connection).catch((error) => {
      this.#failure = error;
      connection.sendCopyFail('could not send all of the data'); // answered with an error
    });
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#resolve();
  }

  handleError(error: Error): void {
    this.#refused = true;
    this.#reject(this.#failure ?? error);
  }

  async #send(connection: PgConnection): Promise<void> {
    for await (const chunk of this.#contents) {
      if (this.#refused) return; // the server reads on to the end that it has told us of
      await write(connection.stream, serialize.copyData(chunk));
    }
    if (!this.#refused) connection.endCopyFrom();
  }
}

function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
