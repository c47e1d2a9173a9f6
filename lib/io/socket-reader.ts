/**
 * Reads a socket or pipe through net.Socket's `onread`: the kernel writes straight into our slabs, the event
 * loop stays free for signals and timers, and reading pauses while nobody wants more. A blocked read in the
 * thread pool would be as fast, but would keep the process from exiting.
 */

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Slabs } from './slabs.ts';

/** The bytes that arrive on a socket, as chunks to be pulled. */
export class SocketReader {
  readonly #slabs = new Slabs();
  #socket: Socket | undefined;
  #paused = false;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** To be given to the socket's constructor. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#slabs.room(),
    callback: (bytes) => {
      this.#slabs.wrote(bytes);
      this.#paused = this.#slabs.full;
      this.#wake?.();
      return !this.#paused;
    },
  };

  /** Ends the reading with an error, in the middle of a wait too. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#end();
  }

  /** Ties the reader to the socket that was made with its `onread`. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    socket.on('error', (error) => this.fail(error));
  }

  /**
   * The chunks in order until the socket ends; each is valid until the next is asked for. Throws the socket's
   * error. The socket is closed when the consumer leaves, so that nothing keeps the process alive.
   */
  async *chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      while (this.#error === undefined) {
        const chunk = this.#slabs.take();
        this.#resume();
        if (chunk.length > 0) yield chunk;
        else if (this.#ended) return;
        else await this.#more();
      }
      throw this.#error;
    } finally {
      this.#socket?.destroy();
    }
  }

  /** Goes on reading, into slabs that are free now, while the consumer works on what it took. */
  #resume(): void {
    if (!this.#paused || this.#slabs.full) return;
    this.#paused = false;
    this.#socket?.resume();
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}

/** Reads a file descriptor that is a pipe or socket; `signal` ends it with the reason that it carries. */
export function readPipe(fd: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const reader = new SocketReader();
  // @types/node 20 does not know that the constructor takes `onread`; the manual of net.Socket does.
  const options = { fd, readable: true, writable: false, onread: reader.onread } as SocketConstructorOpts;
  reader.attach(new Socket(options));
  signal.addEventListener('abort', () => reader.fail(signal.reason as Error), { once: true });
  return reader.chunks();
}
