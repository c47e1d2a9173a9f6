/**
 * Standard input, or a file, as chunks to be pulled: large, without copies, each valid until the next is asked for.
 * Pipes and sockets are read through the event loop, anything else (a regular file, /dev/null) by plain reads.
 */

import { closeSync, fstatSync, open, read, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { attemptAsync } from '../errors/system-trouble.ts';
import { TroubleError } from '../errors/trouble.ts';
import { interruptible } from './interruptible.ts';
import { enlargePipe } from './pipe-size.ts';
import { SLAB_BYTES } from './slabs.ts';
import { SocketReader, socketFor } from './socket-reader.ts';

const openAsync = promisify(open);
const readAsync = promisify(read);
const STDIN = 0;
/** Reads of a file, of a slab each, before signals and timers are served. */
const READS_BEFORE_EVENTS = 4;

/**
 * Opens standard input for a backup. Throws TroubleError if it is a terminal. When `signal` fires, reading ends
 * at once with the reason that it carries, even while no input comes.
 */
export function openInput(signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  if (isatty(STDIN)) {
    throw new TroubleError('refusing to read a backup from a terminal', {
      hint: 'Standard input must be a pipe or a file.',
    });
  }
  return readDescriptor(STDIN, 'from standard input', signal);
}

/**
 * Opens a file by its path; it may be a pipe, such as the shell's <(COMMAND). It is closed when all has been read, or
 * nothing more is wanted. Throws TroubleError if it cannot be opened or read; `signal` works as with openInput().
 */
export function openFile(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  // Opening a named pipe waits for its writer.
  return interruptible(readFile(path, signal), signal);
}

async function* readFile(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const subject = `file "${path}"`;
  const fd = await attemptAsync(`could not open ${subject}`, () => openAsync(path, 'r'));
  const stat = fstatSync(fd);
  const chunks = readDescriptor(fd, subject, signal);
  if (stat.isFIFO() || stat.isSocket()) return yield* chunks; // which closes it
  try {
    yield* chunks;
  } finally {
    closeSync(fd);
  }
}

function readDescriptor(
  fd: number,
  subject: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const stat = fstatSync(fd);
  if (stat.isFIFO()) enlargePipe(fd);
  if (stat.isFIFO() || stat.isSocket()) return readPipe(fd, signal);
  return readPlainly(fd, { subject, isFile: stat.isFile() }, signal);
}

/** Reads a descriptor that is a pipe or socket, and closes it; `signal` works as with openInput(). */
export async function* readPipe(fd: number, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  signal.throwIfAborted();
  const reader = new SocketReader();
  const socket = socketFor(reader, { fd, readable: true, writable: false });
  const stop = () => reader.fail(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* reader.chunks();
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy(); // An open socket would keep the process alive.
  }
}

/**
 * A file is read on this thread: most of it comes from the system's read-ahead, and handing the read to the thread pool
 * would cost more than the read. A device may be slow, and is read in the pool.
 */
async function* readPlainly(
  fd: number,
  { subject, isFile }: { readonly subject: string; readonly isFile: boolean },
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const readOn = isFile ? () => readSync(fd, buffer) : () => readAsync(fd, buffer, 0, buffer.length, null);
  for (let reads = 0; ; reads++) {
    if (reads % READS_BEFORE_EVENTS === 0) await setImmediate(); // or no signal would ever be served
    signal.throwIfAborted();
    const read = await attemptAsync(`could not read ${subject}`, async () => readOn());
    const bytes = typeof read === 'number' ? read : read.bytesRead;
    if (bytes === 0) return;
    yield buffer.subarray(0, bytes);
  }
}
