/**
 * A real pipe, large where the system allows it, whose reading end is for a child process. Node.js itself can only
 * make pairs of sockets, which some programs do not take for their input (opening /dev/stdin fails on one), so this
 * is a named pipe that has lost its name. Its writing end does not block, so that a writer can give up at any time.
 *
 * A second reading end, the probe, is kept to see whether the child has read everything. As long as it is open the
 * system tells no writer that the child has gone (EPIPE): readerGone() does.
 *
 * Opening a named pipe for reading waits until somebody opens it for writing (fifo(7)). On Linux, a child that opens
 * its input by name, as /dev/stdin, waits in the same way, and would wait for ever once the writing end is closed. So
 * after that the pipe is opened for writing, and closed again, every few milliseconds.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt } from '../errors/system-trouble.ts';
import { Interruption } from './interruption.ts';
import { enlargePipe } from './pipe-size.ts';

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
const VISIT_MS = 50;

/** The reader has gone. */
export class ReaderGone extends Error {}

/** One pipe. */
export class Pipe {
  /** The reading end, to be handed to a child and then closed with closeReader(). */
  readonly reader: number;
  readonly #probe: number;
  readonly #writer: Socket;
  #gone = false;
  #visits: NodeJS.Timeout | undefined;
  readonly #interruption = new Interruption();

  /** Throws TroubleError if no pipe can be made. */
  constructor() {
    const { reader, writer, probe } = openEnds();
    enlargePipe(writer);
    this.reader = reader;
    this.#probe = probe;
    this.#writer = new Socket({ fd: writer, readable: false, writable: true });
    this.#writer.on('error', () => {}); // the write that it concerns is told too
  }

  closeReader(): void {
    closeSync(this.reader);
  }

  /** Done when the pipe has taken all the bytes. Throws ReaderGone if that cannot be. */
  async write(parts: readonly Buffer[]): Promise<void> {
    const last = parts.at(-1);
    if (last === undefined) return;
    if (this.#gone) throw new ReaderGone();
    const written = new Promise<void>((resolve, reject) => {
      this.#writer.cork();
      for (const part of parts.slice(0, -1)) this.#writer.write(part);
      this.#writer.write(last, (error) => (error ? reject(error) : resolve()));
      this.#writer.uncork();
    });
    await this.#interruption.unlessInterrupted(written);
  }

  /** Closes the writing end: the reader finds the end after all that was written. */
  end(): void {
    this.#writer.destroy();
    if (!this.#gone) this.#visits ??= setInterval(() => visit(this.#probe), VISIT_MS).unref();
  }

  /** To be called when the child has gone. A write under way fails. Says whether bytes were left unread. */
  readerGone(): { readonly unread: boolean } {
    const unread = this.#writer.writableLength > 0 || hasBytes(this.#probe);
    clearInterval(this.#visits);
    closeSync(this.#probe);
    this.#gone = true;
    this.#interruption.interrupt(new ReaderGone());
    return { unread };
  }
}

function openEnds(): { reader: number; writer: number; probe: number } {
  const directory = attempt(`could not create temporary directory in "${tmpdir()}"`, () =>
    mkdtempSync(join(tmpdir(), 'bb-pipe-')),
  );
  try {
    const path = join(directory, 'pipe');
    return attempt(`could not create pipe "${path}"`, () => {
      execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
      // In this order, no call waits for another.
      const probe = openSync(path, O_RDONLY | O_NONBLOCK);
      const writer = openSync(path, O_WRONLY | O_NONBLOCK);
      return { probe, writer, reader: openSync(path, O_RDONLY) };
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Opens the pipe for writing, and closes it. */
function visit(fd: number): void {
  try {
    closeSync(openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK));
  } catch {
    // Not on Linux: elsewhere, opening /dev/stdin duplicates the descriptor, and waits for nobody.
  }
}

function hasBytes(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch {
    return false; // EAGAIN: more could come, but nothing is there
  }
}
