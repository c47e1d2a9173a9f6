/**
 * Reads a socket or pipe through net.Socket's `onread`: the kernel writes straight into our slabs, the event
 * loop stays free for signals and timers, and reading pauses while nobody wants more. A blocked read in the
 * thread pool would be as fast, but would keep the process from exiting.
 */

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Slabs } from './slabs.ts';
import { WakeUp } from './wake-up.ts';

/** The bytes that arrive on a socket, as chunks to be pulled. */
export class SocketReader {
  readonly #slabs = new Slabs();
  #socket: Socket | undefined;
  #paused = false;
  #ended = false;
  #error: Error | undefined;
  #givenUp = false;
  readonly #arrival = new WakeUp();
  #diverted: ((bytes: Buffer) => void) | undefined;

  /** To be given to the socket's constructor. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#slabs.room(),
    callback: (bytes, buffer) => {
      if (this.#diverted !== undefined) {
        this.#diverted(Buffer.from(buffer.subarray(0, bytes)));
        return true;
      }
      this.#slabs.wrote(bytes);
      this.#paused = this.#slabs.full;
      this.#arrival.wake();
      return !this.#paused;
    },
  };

  /** Has what arrives go there, in copies, and not into chunks. */
  divert(to: (bytes: Buffer) => void): void {
    this.#diverted = to;
  }

  /** Has what arrives go into chunks again. */
  undivert(): void {
    this.#diverted = undefined;
  }

  /** Ends the reading at once with an error, in the middle of a wait too. */
  fail(error: Error): void {
    this.#givenUp = true;
    this.#end(error);
  }

  /** Ties the reader to the socket that was made with its `onread`. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    socket.on('error', (error) => this.#end(error));
  }

  /**
   * The chunks in order until the socket ends; each is valid until the next is asked for. Throws the socket's
   * error after all that came before it, which may contain the last message of a server.
   */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    while (!this.#givenUp) {
      const chunk = this.#slabs.take();
      this.#resume();
      if (chunk.length > 0) yield chunk;
      else if (this.#ended) break;
      else await this.#arrival.wait();
    }
    if (this.#error !== undefined) throw this.#error;
  }

  /** Goes on reading, into slabs that are free now, while the consumer works on what it took. */
  #resume(): void {
    if (!this.#paused || this.#slabs.full) return;
    this.#paused = false;
    this.#socket?.resume();
  }

  #end(error?: Error): void {
    this.#error ??= error;
    this.#ended = true;
    this.#arrival.wake();
  }
}

/** A new socket that is read by this reader. */
export function socketFor(reader: SocketReader, options: SocketConstructorOpts = {}): Socket {
  const socket = new Socket(withReader(reader, options));
  reader.attach(socket);
  return socket;
}

/** The options for a socket that is read by this reader. */
export function withReader(reader: SocketReader, options: SocketConstructorOpts): SocketConstructorOpts {
  // @types/node 20 does not know that the constructor takes `onread`; the manual of net.Socket does.
  return { ...options, onread: reader.onread } as SocketConstructorOpts;
}
