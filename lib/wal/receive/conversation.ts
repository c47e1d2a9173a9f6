/**
 * The conversation on a replication connection after its socket was taken over: commands with their rows, and the
 * messages of START_REPLICATION, cut by the framing of backup streams. Notices go to the listener, errors are thrown,
 * run-time parameters are ignored.
 *
 * Rows come as bytes, since timeline history files are in no particular encoding.
 */

import { serialize } from 'pg-protocol';
import { TroubleError } from '../../errors/trouble.ts';
import { readBulk } from '../../io/bulk-socket.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { ServerError } from '../../libpq/connect/server-error.ts';
import type { Contents } from '../../stream/contents.ts';
import { Framing, MESSAGE_HEAD_BYTES, type Message } from '../../stream/framing.ts';
import { MessageReader, malformed } from '../../stream/message-reader.ts';
import { type Report, readReport } from '../../stream/server-report.ts';

/** All that may come: ParameterStatus, notices, errors, results, copying both ways, ready for the next command. */
const TYPES = 'SNETDCWdcZ';
/** The act in errors; the server's own text follows it. */
const ACT = 'could not receive write-ahead log';
/** The goodbye takes milliseconds; a server that takes longer is not waited for. */
const GOODBYE_MS = 800;
/** All that comes in answer to a command: the largest is a timeline history file. */
const MAX_REPLY_BYTES = 1024 * 1024;
/** CopyDone, from us. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/** One connection, all of whose messages are read here. */
export class Conversation {
  readonly #connection: Connection;
  readonly #onNotice: (notice: Report) => void;
  readonly #giveUp = new AbortController();
  readonly #messages: AsyncGenerator<Message | Contents, void, undefined>;
  #closed: Promise<void> | undefined;

  /** Takes the connection's socket. */
  constructor(connection: Connection, onNotice: (notice: Report) => void) {
    this.#connection = connection;
    this.#onNotice = onNotice;
    this.#messages = cut(readBulk(connection.takeSocket(), this.#giveUp.signal));
  }

  /** Writes bytes that are messages already. */
  send(messages: Uint8Array): void {
    this.#connection.send(messages);
  }

  /** Sends a command, and does not wait for the answer. */
  sendCommand(sql: string): void {
    this.send(serialize.query(sql));
  }

  /** Tells the server that nothing more comes from us in this copy. */
  sendCopyDone(): void {
    this.send(COPY_DONE);
  }

  /**
   * The next message; its bytes are valid until the one after it is asked for. Throws ServerError, or TroubleError when
   * the connection is lost.
   */
  async next(): Promise<Message | Contents> {
    for (;;) {
      const { value, done } = await this.#messages.next();
      if (done) throw new TroubleError(`${ACT}: server closed the connection unexpectedly`);
      if (value.kind === 'contents') return value;
      const message = value;
      const reader = new MessageReader(message.payload, message);
      if (message.type === 'E') throw new ServerError(ACT, readReport(reader));
      if (message.type === 'N') this.#onNotice(readReport(reader));
      else if (message.type !== 'S') return message;
    }
  }

  /** The rows that come until the server is ready for the next command. */
  async rows(): Promise<(Buffer | null)[][]> {
    const rows: (Buffer | null)[][] = [];
    let bytes = 0;
    for (;;) {
      const message = await this.next();
      if (!isOfResult(message)) throw misplaced(message);
      if (message.type === 'Z') return rows;
      bytes += MESSAGE_HEAD_BYTES + message.payload.length;
      if (bytes > MAX_REPLY_BYTES) throw malformed(message, `result of more than ${MAX_REPLY_BYTES} bytes`);
      if (message.type === 'D') rows.push(readColumns(message));
    }
  }

  /**
   * Ends the session in any state, and waits until the server has closed its end: then it has dropped what belonged to
   * the session. A call of next() that waits throws.
   */
  close(): Promise<void> {
    this.#closed ??= this.#sayGoodbye();
    return this.#closed;
  }

  async #sayGoodbye(): Promise<void> {
    this.sendCopyDone(); // outside of a copy it is ignored, as the protocol has it
    this.send(serialize.end());
    const timer = setTimeout(() => this.#giveUp.abort(new Error('no end in time')), GOODBYE_MS);
    try {
      while (!(await this.#messages.next()).done);
    } catch {
      // The session ends anyway.
    } finally {
      clearTimeout(timer);
      await this.#connection.close();
    }
  }
}

/** RowDescription, DataRow, CommandComplete, ReadyForQuery. */
function isOfResult(message: Message | Contents): message is Message {
  return 'TDCZ'.includes(message.type);
}

function misplaced({ type, offset }: Message | Contents): Error {
  const place = { type: type === 'contents' ? 'd' : type, offset };
  return malformed(place, 'unexpected message where rows should be');
}

async function* cut(chunks: AsyncIterable<Buffer>): AsyncGenerator<Message | Contents, void, undefined> {
  const framing = new Framing('bare', TYPES);
  for await (const chunk of chunks) yield* framing.push(chunk);
}

/** Copies, since the message is gone with the next one. */
function readColumns(message: Message): (Buffer | null)[] {
  const reader = new MessageReader(message.payload, message);
  const columns = Array.from({ length: Math.max(reader.int16(), 0) }, () => {
    const bytes = reader.columnBytes();
    return bytes === null ? null : Buffer.from(bytes);
  });
  reader.end();
  return columns;
}
