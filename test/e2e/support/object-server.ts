/**
 * An object store over HTTP, as far as tests need it: a PUT makes an object when its body has come to its end. It can
 * be told to refuse, to reset a connection, or never to answer.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to an object of some name. */
export type Trouble = 'refuse' | 'reset' | 'hang';

/** So much of a body is taken before trouble begins. */
const TAKEN_BYTES = 100_000;

/** The store, on a port of its own on 127.0.0.1. */
export class ObjectServer {
  readonly objects = new Map<string, Buffer>();
  /** Names of objects that were begun. */
  readonly begun: string[] = [];
  readonly #troubles: Readonly<Record<string, Trouble>>;
  readonly #server: Server;

  private constructor(troubles: Readonly<Record<string, Trouble>>) {
    this.#troubles = troubles;
    this.#server = createServer((request, response) => this.#put(request, response));
  }

  /** Starts a store; names of objects, and what happens to these. */
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

  #put(request: IncomingMessage, response: ServerResponse): void {
    const name = (request.url ?? '').slice(1);
    const trouble = this.#troubles[name];
    const chunks: Buffer[] = [];
    let bytes = 0;
    this.begun.push(name);
    request.on('error', () => {}); // cut: what came is no object
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes < TAKEN_BYTES) return;
      if (trouble === 'reset') request.socket.resetAndDestroy();
      if (trouble === 'hang') request.pause();
    });
    request.on('end', () => {
      if (trouble === undefined) this.objects.set(name, Buffer.concat(chunks));
      if (trouble !== 'hang') response.writeHead(trouble === undefined ? 200 : 500).end();
    });
  }
}
