/**
 * A network between client and server that can fail: a TCP proxy on 127.0.0.1 for a cluster.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Forwards connections in both directions until told otherwise. */
export class FaultyNetwork {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  /** Starts a proxy for a port of 127.0.0.1. */
  static async start(targetPort: number): Promise<FaultyNetwork> {
    const listener = createServer();
    const network = new FaultyNetwork(listener);
    listener.on('connection', (near) => network.#join(near, targetPort));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return network;
  }

  /** The port that clients connect to. */
  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Resets the connections of all clients, as a firewall does after it has lost its state. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Closes the connections of all clients in an orderly way, in the middle of a message. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Passes on nothing more, neither data nor the end of a connection. New connections are accepted but not served. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Closes the proxy and all connections. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#listener, 'close');
  }

  #join(near: Socket, targetPort: number): void {
    this.#keep(near);
    if (this.#frozen) return;
    const far = connect(targetPort, '127.0.0.1');
    this.#keep(far);
    far.on('error', () => near.resetAndDestroy()); // nobody there
    near.pipe(far).pipe(near);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {}); // resets are what it is for
  }
}
