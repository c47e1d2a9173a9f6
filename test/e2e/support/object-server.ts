/**
 * A minimal object store over HTTP: a PUT creates an object when its body has ended. It can be set to refuse an object,
 * to reset the connection, or never to answer.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import through2 from 'through2';

/** What goes wrong with an object. */
export type Trouble = 'refuse' | 'reset' | 'hang';

/** The number of bytes of a body that are read before it goes wrong. */
const TAKEN_BYTES = 100_000;

/** The store, on its own port of 127.0.0.1. */
export class ObjectServer {
  readonly objects = new Map<string, Buffer>();
  /** Names of objects whose upload began. */
  readonly begun: string[] = [];
  readonly #troubles: Readonly<Record<string, Trouble>>;
  readonly #server: Server;

  private constructor(troubles: Readonly<Record<string, Trouble>>) {
    this.#troubles = troubles;
    this.#server = createServer((request, response) => this.#put(request, response));
  }

  /** Starts a store. Troubles are given by the name of the object. */
  static async start(troubles: Readonly<Record<string, Trouble>> = {}): Promise<ObjectServer> {
    const store = new ObjectServer(troubles);
    store.#server.listen(0, '127.0.0.1');
    await once(store.#server, 'listening');
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.url ?? '').slice(1);
    const trouble = this.#troubles[name];
    this.begun.push(name);
    try {
      const contents = await pipeline(request, tap(request, trouble), buffer);
      if (trouble === undefined) this.objects.set(name, contents);
      response.writeHead(trouble === undefined ? 200 : 500).end();
    } catch {
      // The body was cut, so there is no object.
    }
  }
}

/** Passes a body on until the trouble begins: then the connection is reset, or nothing more is read. */
function tap(request: IncomingMessage, trouble: Trouble | undefined) {
  let bytes = 0;
  return through2((chunk: Buffer, _encoding: string, pass: (error: null, chunk: Buffer) => void) => {
    bytes += chunk.length;
    const isOver = bytes >= TAKEN_BYTES;
    if (isOver && trouble === 'reset') request.socket.resetAndDestroy();
    if (!isOver || trouble === undefined || trouble === 'refuse') pass(null, chunk);
  });
}
