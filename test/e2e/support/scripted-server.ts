/**
 * A server that sends what a script says, for messages that no PostgreSQL would send. By default it behaves like
 * version 18: it accepts everybody, answers the commands of bb-stream, and begins a backup and WAL that never continue.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import * as messages from '../../support/messages.ts';

/** What it sends: bytes, perhaps repeated as long as the client reads; nothing; or the default answer. */
export type Answer =
  | Buffer
  | { readonly first?: Buffer; readonly repeat: Buffer | (() => Buffer); readonly everyMs?: number }
  | 'silence'
  | undefined;

/** What the client sent: `startup`, `password`, or the text of a command. */
export type Question = string;

/** Returns the answer to a question; undefined for the default answer. */
export type Script = (question: Question) => Answer;

const LENGTH_BYTES = 4;
/** CancelRequest has this code in place of a protocol version. */
const CANCEL_CODE = 80877102;

/** An AuthenticationRequest with this code. */
export const request = (code: number, rest: Buffer = Buffer.alloc(0)) =>
  messages.message('R', messages.int32(code), rest);
export const AUTHENTICATED = request(0);
export const READY = messages.message('Z', Buffer.from('I'));

/** AuthenticationOk and what follows, from a server of this version. */
export function welcome(version: string): Buffer {
  const key = messages.message('K', messages.int32(4711), messages.int32(42));
  return Buffer.concat([AUTHENTICATED, messages.ParameterStatus('server_version', version), key, READY]);
}

/** A complete result. */
export function result(columns: readonly string[], ...rows: readonly (string | null)[][]): Buffer {
  return Buffer.concat([
    messages.RowDescription(...columns),
    ...rows.map((row) => messages.DataRow(...row)),
    messages.CommandComplete('SELECT'),
  ]);
}

/** The beginning of a backup, up to the copy. */
export const BACKUP_START = result(['recptr', 'tli'], ['0/2000028', '1']);
export const TABLESPACES = result(['spcoid', 'spclocation', 'size'], [null, null, null]);

const SETTINGS: Readonly<Record<string, string>> = {
  block_size: '8192',
  wal_segment_size: '16MB',
  data_checksums: 'on',
};

/** The default answer. */
function usual(question: Question): Buffer {
  const [verb = '', parameter = ''] = question.split(' ');
  switch (verb) {
    case 'startup':
    case 'password':
      return welcome('18.1');
    case 'IDENTIFY_SYSTEM':
      return identity('1');
    case 'SHOW':
      return answer([parameter], [SETTINGS[parameter] ?? '']);
    case 'CREATE_REPLICATION_SLOT':
      return answer(
        ['slot_name', 'consistent_point', 'snapshot_name', 'output_plugin'],
        ['s', '0/0', null, null],
      );
    case 'BASE_BACKUP':
      return Buffer.concat([BACKUP_START, TABLESPACES, messages.CopyOutResponse()]);
    case 'TIMELINE_HISTORY':
      return answer(['filename', 'content'], ['00000002.history', '1\t0/2000000\n']);
    case 'START_REPLICATION':
      return messages.message('W', Buffer.of(0), messages.int16(0));
  }
  return answer([]);
}

/** The answer to IDENTIFY_SYSTEM. */
export function identity(timeline: string): Buffer {
  return answer(['systemid', 'timeline', 'xlogpos', 'dbname'], ['7', timeline, '0/2000000', null]);
}

/** The answer to a command, with its end. */
export function answer(columns: readonly string[], ...rows: readonly (string | null)[][]): Buffer {
  return Buffer.concat([result(columns, ...rows), READY]);
}

/** A server on a port of 127.0.0.1. */
export class ScriptedServer {
  /** All questions so far. */
  readonly questions: Question[] = [];
  readonly #script: Script;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let received = Buffer.alloc(0);
    let headBytes = 0; // a start-up packet has no type byte
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      while (received.length >= headBytes + LENGTH_BYTES) {
        const end = headBytes + received.readInt32BE(headBytes);
        if (received.length < end) return;
        this.#take(socket, received.subarray(0, end), headBytes);
        received = received.subarray(end);
        headBytes = 1;
      }
    });
  }

  #take(socket: Socket, message: Buffer, headBytes: number): void {
    const type = headBytes === 0 ? 'startup' : message.toString('latin1', 0, 1);
    const question = {
      startup: 'startup',
      p: 'password',
      Q: message.toString('utf8', 5, message.length - 1),
    }[type];
    const isGoodbye =
      type === 'X' || (type === 'startup' && message.readInt32BE(LENGTH_BYTES) === CANCEL_CODE);
    if (isGoodbye) socket.end();
    if (question === undefined || isGoodbye) return; // status updates
    this.questions.push(question);
    void send(socket, this.#script(question) ?? usual(question));
  }
}

async function send(socket: Socket, what: Exclude<Answer, undefined>): Promise<void> {
  if (what === 'silence') return;
  if (Buffer.isBuffer(what)) {
    socket.write(what);
    return;
  }
  if (what.first) socket.write(what.first);
  while (!socket.destroyed) {
    const more = typeof what.repeat === 'function' ? what.repeat() : what.repeat;
    await new Promise<unknown>((resolve) => socket.write(more, resolve));
    if (what.everyMs) await new Promise((resolve) => setTimeout(resolve, what.everyMs));
  }
}
