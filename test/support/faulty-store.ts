/**
 * What may come between a client and an object store: an HTTP proxy on 127.0.0.1 that passes requests on, until a fault is
 * planned for one of them.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request, or to its answer. */
export type Fault =
  /** The connection is reset before the request was passed on. */
  | 'reset'
  /** The store gets the request, and its answer is lost. */
  | 'lose-answer'
  /** Nothing is passed on or answered. */
  | 'stall'
  /** The answer is 500 InternalError, or 503 SlowDown. */
  | 'fail'
  | 'slow-down'
  /** Half of the body of the answer comes, then the connection is reset, or nothing more. */
  | 'cut-answer'
  | 'stall-answer'
  /** The answer says that it is another range than the client wants, or another object. */
  | 'other-range'
  | 'other-etag';

/** A fault for requests. */
export interface PlannedFault {
  readonly fault: Fault;
  /** Which requests, by method and URL: "PUT /backups/x/base.tar?partNumber=1". */
  readonly requests: RegExp;
  /** How many of them are passed on first, and how many are then struck. */
  readonly after?: number;
  readonly times?: number;
}

const BODIES: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  fail: { status: 500, code: 'InternalError' },
  'slow-down': { status: 503, code: 'SlowDown' },
};

const OTHER_HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'other-range': { 'content-range': 'bytes 1-2/3' },
  'other-etag': { etag: '"00000000000000000000000000000000-3"' },
};

/** The proxy. */
export class FaultyStore {
  readonly #server: Server;
  readonly #target: number;
  #plan: PlannedFault | undefined;
  #seen = 0;
  /** How many requests were struck. */
  struck = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((incoming, response) => this.#serve(incoming, response));
  }

  /** Starts one before an object store. */
  static async start(target: number): Promise<FaultyStore> {
    const proxy = new FaultyStore(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What happens from now on; nothing without a plan. */
  plan(planned?: PlannedFault): void {
    this.#plan = planned;
    this.#seen = 0;
    this.struck = 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const fault = this.#faultFor(`${incoming.method} ${incoming.url}`);
    incoming.on('error', () => {});
    response.on('error', () => {});
    if (fault === 'reset') incoming.socket.resetAndDestroy();
    else if (fault === 'stall') return;
    else if (fault === 'fail' || fault === 'slow-down') refuse(incoming, response, fault);
    else this.#pass(incoming, response, fault);
  }

  #faultFor(line: string): Fault | undefined {
    const { fault, requests, after = 0, times = 1 } = this.#plan ?? {};
    if (requests?.test(line) !== true) return undefined;
    const at = this.#seen++;
    if (at < after || at >= after + times) return undefined;
    this.struck++;
    return fault;
  }

  #pass(incoming: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    const { method = '', url = '', headers } = incoming;
    const options = {
      port: this.#target,
      host: '127.0.0.1',
      method,
      path: url,
      headers: headers,
    };
    const outgoing = request(options, (answer) => passAnswer(answer, response, fault));
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  }
}

function refuse(incoming: IncomingMessage, response: ServerResponse, fault: 'fail' | 'slow-down'): void {
  const { status = 500, code = '' } = BODIES[fault] ?? {};
  incoming.resume();
  incoming.on('end', () => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
  });
}

function passAnswer(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
  if (fault === 'lose-answer') {
    answer.resume();
    answer.on('end', () => response.socket?.resetAndDestroy());
    return;
  }
  response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...OTHER_HEADERS[fault ?? ''] });
  if (fault !== 'cut-answer' && fault !== 'stall-answer') return void answer.pipe(response);
  const half = Number(answer.headers['content-length'] ?? 0) / 2;
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < half) response.write(chunk);
    else if (fault === 'cut-answer') response.socket?.resetAndDestroy();
  });
}
