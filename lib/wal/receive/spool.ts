/**
 * WAL that cannot be written yet, in a file of bounded size in $TMPDIR. The file is a ring: the receiver writes to it,
 * and whoever writes the stream reads from it. It has no name from the start, so it is gone with the process, however
 * that ends.
 *
 * When the ring is full, write() waits. When the disk is full before that, the ring stays as large as it has become;
 * only if nothing fits at all is that an error.
 */

import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { openUnnamedFile } from '../../io/unnamed-file.ts';
import { WakeUp } from '../../io/wake-up.ts';

const READ_BYTES = 256 * 1024;
const DISK_FULL = ['ENOSPC', 'EDQUOT'];

/** The spool cannot be used, which no other connection to the server mends. */
export class SpoolError extends TroubleError {}

/** A bounded queue of bytes on disk, for one writer and one reader. */
export class Spool {
  readonly #file: FileHandle;
  readonly #directory: string;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #capacity: number;
  #written = 0;
  #read = 0;
  #failure: Error | undefined;
  #closed = false;
  readonly #reader = new WakeUp();
  readonly #writer = new WakeUp();

  private constructor(file: FileHandle, directory: string, capacity: number) {
    this.#file = file;
    this.#directory = directory;
    this.#capacity = capacity;
  }

  /** Makes the file. Throws SpoolError if it cannot be made. */
  static async open(capacity: number, directory = tmpdir()): Promise<Spool> {
    try {
      return new Spool(await openUnnamedFile('bb-stream-wal-', directory), directory, capacity);
    } catch (cause) {
      throw spoolTrouble('create', directory, cause);
    }
  }

  /** Bytes written since the beginning. */
  get written(): number {
    return this.#written;
  }

  /** Bytes read since the beginning. */
  get read(): number {
    return this.#read;
  }

  /** Stores the bytes, waiting for room where there is none; after close() it forgets them. Throws SpoolError. */
  async write(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0 && !this.#closed; ) {
      const room = this.#room();
      if (room > 0) rest = rest.subarray(await this.#store(rest.subarray(0, room)));
      else await this.#writer.wait();
    }
  }

  /** Waits until there is something to take. Throws what fail() was given. */
  async ready(): Promise<void> {
    while (this.#written === this.#read && this.#failure === undefined) await this.#reader.wait();
    this.check();
  }

  /** Some of the oldest bytes, at most `most`, or none if there are none; valid until the next call. */
  async take(most: number): Promise<Buffer> {
    const start = this.#read % this.#capacity;
    const length = Math.min(most, this.#written - this.#read, this.#capacity - start, READ_BYTES);
    const { bytesRead } = await this.#file.read(this.#buffer, 0, length, start);
    this.#read += bytesRead;
    this.#writer.wake();
    return this.#buffer.subarray(0, bytesRead);
  }

  /** Nothing more comes, for this reason; the first one counts. */
  fail(reason: Error): void {
    this.#failure ??= reason;
    this.#reader.wake();
  }

  /** Throws the reason if nothing more comes. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Lets a waiting writer go on. To be called when nobody reads any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#writer.wake();
    await this.#file.close();
  }

  /** How much can be written in one piece. */
  #room(): number {
    const start = this.#written % this.#capacity;
    return Math.min(this.#capacity - (this.#written - this.#read), this.#capacity - start);
  }

  async #store(piece: Buffer): Promise<number> {
    try {
      const start = this.#written % this.#capacity;
      const { bytesWritten } = await this.#file.write(piece, 0, piece.length, start);
      this.#written += bytesWritten;
      this.#reader.wake();
      return bytesWritten;
    } catch (error) {
      if (this.#closed) return piece.length;
      if (!this.#settleFor(error as NodeJS.ErrnoException))
        throw spoolTrouble('write', this.#directory, error);
      return 0;
    }
  }

  /** On a full disk, keeps to the size that the file has already; false if that is not possible. */
  #settleFor({ code = '' }: NodeJS.ErrnoException): boolean {
    if (!DISK_FULL.includes(code) || this.#written === 0 || this.#written >= this.#capacity) return false;
    this.#capacity = this.#written;
    return true;
  }
}

function spoolTrouble(act: string, directory: string, cause: unknown): SpoolError {
  return new SpoolError(`could not ${act} WAL spool file in "${directory}": ${systemErrorText(cause)}`, {
    hint: 'Set TMPDIR to a directory with free space.',
    cause,
  });
}
