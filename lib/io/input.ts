/**
 * Standard input as chunks to be pulled: large, without copies, each valid until the next is asked for.
 * Pipes and sockets are read through the event loop, anything else (a regular file, /dev/null) by plain reads.
 */

import { fstatSync, read } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { UsageError } from '../cli/trouble.ts';
import { enlargePipe } from './pipe-size.ts';
import { SLAB_BYTES } from './slabs.ts';
import { SocketReader, socketFor } from './socket-reader.ts';
import { attemptAsync } from './system-trouble.ts';

const readAsync = promisify(read);
const STDIN = 0;

/**
 * Opens standard input for a backup. Throws UsageError if it is a terminal. When `signal` fires, reading ends
 * at once with the reason that it carries, be the input ever so idle.
 */
export function openInput(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  if (isatty(STDIN)) {
    throw new UsageError('refusing to read a backup from a terminal', {
      hint: 'Standard input must be a pipe or a file.',
    });
  }
  const stat = fstatSync(STDIN);
  if (stat.isFIFO()) enlargePipe(STDIN);
  return stat.isFIFO() || stat.isSocket() ? readPipe(STDIN, signal) : readFile(STDIN, signal);
}

/** Reads a descriptor that is a pipe or socket, and closes it; `signal` works as with openInput(). */
export async function* readPipe(fd: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  signal.throwIfAborted();
  const reader = new SocketReader();
  const socket = socketFor(reader, { fd, readable: true, writable: false });
  signal.addEventListener('abort', () => reader.fail(signal.reason as Error), { once: true });
  try {
    yield* reader.chunks();
  } finally {
    socket.destroy(); // An open socket would keep the process alive.
  }
}

/** Two buffers in turns: while the consumer works on one, the next read goes into the other. */
async function* readFile(fd: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  let spare: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let next = readInto(fd, Buffer.allocUnsafeSlow(SLAB_BYTES));
  for (;;) {
    signal.throwIfAborted();
    const { buffer, bytesRead } = await next;
    if (bytesRead === 0) return;
    next = readInto(fd, spare);
    next.catch(() => {}); // thrown when it is awaited, if it ever is
    yield buffer.subarray(0, bytesRead);
    spare = buffer;
  }
}

function readInto(fd: number, buffer: Buffer): Promise<{ buffer: Buffer; bytesRead: number }> {
  return attemptAsync('could not read from standard input', () =>
    readAsync(fd, buffer, 0, buffer.length, null),
  );
}
