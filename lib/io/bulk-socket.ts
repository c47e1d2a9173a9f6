/**
 * Sockets for a connection on which a conversation is followed by bulk: during the conversation they give
 * 'data' events like any other, so that a client library can use them; after it they are read in large
 * chunks without copies. A TLS session on top hides the socket, and is read as the stream it is.
 */

import type { Socket, SocketConstructorOpts } from 'node:net';
import { SocketReader, socketFor } from './socket-reader.ts';

const readers = new WeakMap<Socket, SocketReader>();
const unread = new WeakMap<Socket, Buffer>();

/** A socket that converses; without options it is not connected yet. */
export function createBulkSocket(options: SocketConstructorOpts = {}): Socket {
  const reader = new SocketReader();
  const socket = socketFor(reader, options);
  reader.divert = (bytes) => socket.emit('data', bytes);
  readers.set(socket, reader);
  return socket;
}

/** Has bytes that came during the conversation, and were not used, read first. */
export function putBack(socket: Socket, bytes: Buffer): void {
  if (bytes.length > 0) unread.set(socket, bytes);
}

/**
 * What arrives from now on, as chunks that are valid until the next is asked for; nobody else may listen any
 * more. Throws the socket's error, or the reason of `signal` when it fires.
 */
export async function* readBulk(
  socket: Socket,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = readers.get(socket);
  const stop = () =>
    reader === undefined ? socket.destroy(signal.reason as Error) : reader.fail(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const first = unread.get(socket);
    if (first !== undefined) yield first;
    if (reader === undefined) yield* socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    else {
      reader.divert = undefined;
      socket.resume();
      yield* reader.chunks();
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
