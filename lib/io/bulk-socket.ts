/**
 * Sockets for a connection on which bulk data follows a conversation. During the conversation they give 'data' events
 * like any other socket, so that a client library can use them; after it they are read in large chunks without copies.
 * A TLS session on top hides the socket, and is read like any stream.
 */

import { Socket, type SocketConstructorOpts } from 'node:net';
import { SocketReader, withReader } from './socket-reader.ts';

/** A socket that converses, until its chunks are asked for. */
class BulkSocket extends Socket {
  readonly #reader: SocketReader;
  #unread: Buffer = Buffer.alloc(0);

  constructor(options: SocketConstructorOpts) {
    const reader = new SocketReader();
    super(withReader(reader, options));
    reader.attach(this);
    reader.divert((bytes) => this.emit('data', bytes));
    this.#reader = reader;
  }

  putBack(bytes: Buffer): void {
    this.#unread = bytes;
  }

  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    if (this.#unread.length > 0) yield this.#unread;
    this.#reader.undivert();
    this.resume();
    yield* this.#reader.chunks();
  }

  /** Ends the reading of chunks at once with an error. */
  stopReading(error: Error): void {
    this.#reader.fail(error);
  }
}

/** A socket that converses; without options it is not connected yet. */
export function createBulkSocket(options: SocketConstructorOpts = {}): Socket {
  return new BulkSocket(options);
}

/** Has bytes that came during the conversation, and were not used, read first. Nobody may listen for data. */
export function putBack(socket: Socket, bytes: Buffer): void {
  if (socket instanceof BulkSocket) socket.putBack(bytes);
  else if (bytes.length > 0) socket.unshift(bytes);
}

/**
 * What arrives from now on, as chunks that are valid until the next is asked for; nobody else may listen any
 * more. Throws the socket's error, or the reason of `signal` when it fires.
 */
export async function* readBulk(
  socket: Socket,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const stop = () => {
    const reason = signal.reason as Error;
    if (socket instanceof BulkSocket) socket.stopReading(reason);
    else socket.destroy(reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    if (socket instanceof BulkSocket) yield* socket.chunks();
    else yield* socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
