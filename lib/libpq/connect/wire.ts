/**
 * The wire: `pg`'s Connection, which frames messages and upgrades to TLS, changed where libpq is stricter or has better
 * messages.
 *
 * It connects to the endpoint it was made for, sends exactly our start-up parameters and those only once the
 * server's certificate is verified, has every message checked before pg-protocol reads it (incoming.ts), shows it to
 * the guard before `pg` answers it, and keeps what the server reports about itself.
 */

import type { EventEmitter } from 'node:events';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import type { BackendKeyDataMessage, ParameterStatusMessage } from 'pg-protocol/dist/messages.js';
import { Parser } from 'pg-protocol/dist/parser.js';
import { TroubleError } from '../../errors/trouble.ts';
import { connectAbstract } from '../../io/abstract-socket.ts';
import { setTcpOptions, type TcpOptions } from '../../io/tcp-options.ts';
import type { AuthenticationGuard, ServerMessage } from '../auth/authentication.ts';
import type { Endpoint } from '../conninfo/endpoint.ts';
import type { TlsConnect } from '../tls/tls.ts';
import { Incoming, shownType } from './incoming.ts';

/** The parts of pg.Connection that are used here, which @types/pg leaves out. */
interface PgConnection extends EventEmitter {
  stream: Socket;
  connect(...place: [path: string] | [port: number, host: string]): void;
  requestSsl(): void;
  upgradeToSSL(host: string | undefined, report: (error: Error) => void): void;
  attachListeners(stream: Socket): void;
  startup(parameters: Record<string, string>): void;
  cancel(processId: number, secretKey: number): void;
  query(text: string): void;
  sendSASLInitialResponseMessage(mechanism: string, response: string): void;
  sendSCRAMClientFinalMessage(response: string): void;
}

const PgConnection = pg.Connection as unknown as new (config: object) => PgConnection;

/** What a wire needs to know. */
export interface WireOptions {
  readonly endpoint: Endpoint;
  /** Absent for a connection in the clear. */
  readonly tls?: TlsConnect | undefined;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
  readonly tcp: TcpOptions;
  readonly startup: Record<string, string>;
}

/** Makes a socket: one that is not connected yet, or one of the descriptor in the options. */
export type MakeSocket = (options?: SocketConstructorOpts) => Socket;

/** The server has no TLS: whether that is a failure depends on sslmode. */
export class TlsUnavailableError extends TroubleError {}

/** One connection to one endpoint, encrypted or not. */
export class Wire extends PgConnection {
  /** Run-time parameters as the server reported them last. */
  readonly parameters = new Map<string, string>();
  /** What a CancelRequest must show. */
  readonly cancelKey = { processId: 0, secretKey: 0 };
  /** Whether the start-up message was sent. What fails before that concerns encryption. */
  started = false;
  readonly #options: WireOptions;
  readonly #guard: AuthenticationGuard;
  readonly #incoming = new Incoming();

  readonly #makeSocket: MakeSocket;

  constructor(options: WireOptions, guard: AuthenticationGuard, makeSocket: MakeSocket = createSocket) {
    super({
      stream: makeSocket(),
      ssl: options.tls?.options ?? false,
      sslNegotiation: options.tls?.direct ? 'direct' : 'postgres',
      keepAlive: options.keepAlive && options.endpoint.kind === 'tcp',
      keepAliveInitialDelayMillis: options.keepAliveInitialDelayMillis,
    });
    this.#options = options;
    this.#guard = guard;
    this.#makeSocket = makeSocket;
    this.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatusMessage) => {
      this.parameters.set(parameterName, parameterValue);
    });
    this.on('backendKeyData', ({ processID, secretKey }: BackendKeyDataMessage) => {
      Object.assign(this.cancelKey, { processId: processID, secretKey });
    });
  }

  /** Connects to the endpoint, and not to the one that `pg` would choose. */
  override connect(): void {
    const { endpoint, tls } = this.#options;
    if (tls && !tls.direct) this.stream.once('data', (answer) => this.#checkTlsAnswer(answer));
    if (endpoint.address.startsWith('\0')) this.stream = connectAbstract(endpoint.address, this.#makeSocket);
    if (endpoint.kind === 'socket') super.connect(endpoint.address);
    else {
      super.connect(endpoint.port, endpoint.address);
      // After pg's own listener: with keepalives Node.js sets their interval and number, too.
      this.stream.once('connect', () => this.#setTcpOptions());
    }
  }

  #setTcpOptions(): void {
    try {
      setTcpOptions(this.stream, this.#options.tcp);
    } catch (error) {
      this.stream.destroy(error as Error);
    }
  }

  /** Without a name, `pg` leaves out the server name indication; the certificate's name is checked by tls.ts. */
  override upgradeToSSL(_host: string | undefined, report: (error: Error) => void): void {
    super.upgradeToSSL(this.#options.tls?.serverName, report);
  }

  override startup(): void {
    this.whenSecure(() => {
      this.started = true;
      super.startup(this.#options.startup);
    });
  }

  /**
   * Calls back when the identity of the server is certain: at once, or after the TLS handshake. What is written earlier
   * may be sent with the handshake, before the certificate was checked.
   */
  whenSecure(callback: () => void): void {
    if (!(this.stream instanceof TLSSocket)) {
      callback();
      return;
    }
    this.stream.once('secureConnect', () => {
      if (this.#options.tls?.direct && (this.stream as TLSSocket).alpnProtocol !== 'postgresql') {
        this.stream.destroy(new TroubleError('direct SSL connection was established without ALPN protocol'));
        return;
      }
      callback();
    });
  }

  override attachListeners(stream: Socket): void {
    const parser = new Parser();
    stream.on('data', (bytes: Buffer) => {
      if (stream.destroyed) return;
      try {
        for (const whole of this.#incoming.push(bytes)) {
          parser.parse(whole, (message) => this.#deliver(message));
        }
      } catch (error) {
        stream.destroy(explainUnreadable(error as Error));
      }
    });
  }

  override sendSASLInitialResponseMessage(mechanism: string, response: string): void {
    this.#guard.chose(mechanism);
    super.sendSASLInitialResponseMessage(mechanism, response);
  }

  override sendSCRAMClientFinalMessage(response: string): void {
    this.#guard.proved();
    super.sendSCRAMClientFinalMessage(response);
  }

  override query(text: string): void {
    this.#incoming.expectReply();
    super.query(text);
  }

  /** The beginning of a message whose rest has not come yet. */
  get unread(): Buffer {
    return this.#incoming.rest;
  }

  #deliver(message: ServerMessage): void {
    this.#guard.check(message);
    this.emit(message.name === 'error' ? 'errorMessage' : message.name, message);
  }

  /** `pg` would have poorer messages for these; the first error counts. */
  #checkTlsAnswer(answer: Buffer): void {
    const letter = String.fromCharCode(answer[0] ?? 0);
    if (letter === 'S' && answer.length === 1) return;
    if (letter === 'N')
      this.emit('error', new TlsUnavailableError('server does not support SSL, but SSL was required'));
    else if (letter === 'S')
      this.emit('error', new TroubleError('received unencrypted data after SSL response'));
    else if (letter === 'E') {
      // The text of the error is not shown: nobody has vouched for this server yet.
      this.emit('error', new TroubleError('server sent an error response during SSL exchange'));
    } else
      this.emit(
        'error',
        new TroubleError(`received invalid response to SSL negotiation: ${shownType(letter)}`),
      );
  }
}

function createSocket(options?: SocketConstructorOpts): Socket {
  return new Socket(options);
}

/** Names the authentication methods that pg-protocol does not know; other errors are as they are. */
function explainUnreadable(error: Error): Error {
  const code = /^Unknown authenticationOk message type (\d+)$/.exec(error.message)?.[1];
  if (code === undefined) return error;
  const method = new Map([
    ['2', 'Kerberos 5 authentication'],
    ['7', 'GSSAPI authentication'],
    ['9', 'SSPI authentication'],
  ]).get(code);
  return new TroubleError(`${method ?? `authentication method ${code}`} not supported`, { cause: error });
}
