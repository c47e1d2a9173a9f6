/**
 * Writes to files while the caller goes on: bytes and where they belong in, the bytes in the file some time later, in no
 * order. Large pieces are copied and written by the thread pool; small ones, and those for which there is no room, are
 * written at once, so that a disk that is slower than the caller slows it down.
 */

import { closeSync, write } from 'node:fs';
import { attempt, systemTrouble } from '../errors/system-trouble.ts';
import { writeAllSync } from './pieces.ts';

const SLAB_BYTES = 256 * 1024;
/** More than the caller fills before completed writes are noticed. */
const SLABS = 16;
/** For fewer bytes the detour costs more than the write. */
const LEAST_BYTES = 64 * 1024;

/** Writes to any number of files, of which no byte is written twice. */
export class WriteBehind {
  readonly #free: Buffer[] = [];
  #slabs = 0;
  #pending = 0;
  #failure: Error | undefined;
  #whenDone: (() => void) | undefined;

  /** Takes over a descriptor. The path stands for the file in messages. */
  open(fd: number, path: string): BehindFile {
    return new BehindFile(fd, path, this);
  }

  /** Waits until all has been written, and files are closed. Throws TroubleError if something could not be. */
  async settle(): Promise<void> {
    if (this.#pending > 0)
      await new Promise<void>((resolve) => {
        this.#whenDone = resolve;
      });
    this.check();
  }

  /** Throws what an earlier write has met with. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Begins to write in the thread pool, if it is worth it and there is room. */
  begin(fd: number, path: string, bytes: Buffer, position: number, done: () => void): boolean {
    const slab = bytes.length < LEAST_BYTES || bytes.length > SLAB_BYTES ? undefined : this.#take();
    if (slab === undefined) return false;
    const { length } = bytes;
    bytes.copy(slab);
    this.#pending++;
    write(fd, slab, 0, length, position, (error, written) => {
      this.#note(() => {
        if (error !== null) throw systemTrouble(`could not write to file "${path}"`, error);
        if (written < length) writeNow(fd, path, slab.subarray(written, length), position + written);
      });
      this.#note(done);
      this.#free.push(slab);
      this.#pending--;
      if (this.#pending === 0) this.#whenDone?.();
    });
    return true;
  }

  /** Nobody is there to be told of a failure at once. */
  #note(act: () => void): void {
    try {
      act();
    } catch (failure) {
      this.#failure ??= failure as Error;
    }
  }

  #take(): Buffer | undefined {
    if (this.#free.length > 0 || this.#slabs === SLABS) return this.#free.pop();
    this.#slabs++;
    return Buffer.allocUnsafeSlow(SLAB_BYTES);
  }
}

/** One file. */
export class BehindFile {
  readonly #fd: number;
  readonly #path: string;
  readonly #writes: WriteBehind;
  #pending = 0;
  #isClosed = false;

  constructor(fd: number, path: string, writes: WriteBehind) {
    this.#fd = fd;
    this.#path = path;
    this.#writes = writes;
  }

  /** Throws TroubleError if this could not be written, or something before. */
  write(position: number, bytes: Buffer): void {
    this.#writes.check();
    const done = () => {
      this.#pending--;
      this.#closeIfDone();
    };
    if (this.#writes.begin(this.#fd, this.#path, bytes, position, done)) this.#pending++;
    else writeNow(this.#fd, this.#path, bytes, position);
  }

  /** Nothing more is to be written. The descriptor is closed when all has been. */
  close(): void {
    this.#isClosed = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isClosed && this.#pending === 0)
      attempt(`could not close file "${this.#path}"`, () => closeSync(this.#fd));
  }
}

function writeNow(fd: number, path: string, bytes: Buffer, position: number): void {
  attempt(`could not write to file "${path}"`, () => writeAllSync(fd, [bytes], position));
}
