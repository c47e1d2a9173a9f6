/**
 * Standard output for bytes in bulk: plain writes on the descriptor, at once where there is room for them, else in
 * the thread pool, so that signals are served however long the reader takes. process.stdout is kept out of it,
 * since it would make the pipe non-blocking for everybody who shares it. A descriptor that already is non-blocking
 * (inherited so from ssh, say) answers EAGAIN, and is tried again after a pause.
 */

import { fstatSync, writev, writevSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { systemErrorText } from '../errors/system-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import { Interruption } from './interruption.ts';
import { skip } from './pieces.ts';
import { enlargePipe } from './pipe-size.ts';
import { type Room, roomOf } from './room.ts';

const writevAsync = promisify(writev);
const STDOUT = 1;
const LONGEST_PAUSE_MS = 20;

/** How long a write may hang in a full pipe after the user has asked for the end. */
const GRACE_MS = 800;

/** The program that read our standard output has gone; it has already said why. */
export class ReaderGoneError extends Error {
  constructor(cause: unknown) {
    super('the reader of standard output has gone', { cause });
    this.name = 'ReaderGoneError';
  }
}

/** Standard output. After a failed write it is `broken`, and no more is to be written. */
export class Output {
  broken = false;
  readonly #room: Room;
  readonly #interruption = new Interruption();

  /**
   * Writing ends soon after `signal` fires, even if the pipe is full and nobody reads it. Bytes for which there is
   * `room` are written at once.
   */
  constructor(signal: AbortSignal, room: Room = () => 0) {
    this.#room = room;
    const giveUp = () => this.#interruption.interrupt(signal.reason as Error);
    signal.addEventListener('abort', () => setTimeout(giveUp, GRACE_MS).unref(), { once: true });
  }

  /** Done when the system has taken all the bytes. Throws ReaderGoneError, or TroubleError with the reason. */
  async write(buffers: readonly Buffer[]): Promise<void> {
    try {
      await this.#interruption.unlessInterrupted(writeAll(STDOUT, buffers, this.#room));
    } catch (error) {
      this.broken = true;
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (code === 'EPIPE') throw new ReaderGoneError(error);
      throw new TroubleError(`could not write to standard output: ${systemErrorText(error)}`, {
        cause: error,
      });
    }
  }
}

/** Opens standard output for a backup. Throws TroubleError if it is a terminal. */
export function openOutput(signal: AbortSignal): Output {
  if (isatty(STDOUT)) {
    throw new TroubleError('refusing to write a backup to a terminal', {
      hint: 'Standard output must be a pipe or a file.',
    });
  }
  if (fstatSync(STDOUT).isFIFO()) enlargePipe(STDOUT);
  return new Output(signal, roomOf(STDOUT));
}

/** Writes all the bytes to a descriptor, in as few system calls as it takes; at once if there is room for all. */
export async function writeAll(fd: number, buffers: readonly Buffer[], room: Room = () => 0): Promise<void> {
  let rest = buffers;
  for (let wait = 1; rest.length > 0; ) {
    try {
      const bytesWritten =
        lengthOf(rest) <= room() ? writevSync(fd, rest) : (await writevAsync(fd, rest)).bytesWritten;
      rest = skip(rest, bytesWritten);
      wait = 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await pause(wait);
      wait = Math.min(2 * wait, LONGEST_PAUSE_MS);
    }
  }
}

function lengthOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((bytes, buffer) => bytes + buffer.length, 0);
}
