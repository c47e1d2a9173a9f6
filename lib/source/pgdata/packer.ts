/**
 * Members to data frames: headers, contents and padding are laid one after the other into one buffer, into which files
 * are read directly, so that no byte is copied and small files go out together. A frame is valid until the next is
 * asked for.
 */

import { readSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import type { DataFrame } from '../../stream/frame.ts';
import { paddingBytes } from '../../tar/member.ts';

/** Large enough for few system calls, small enough for the processor's caches. */
const FRAME_BYTES = 256 * 1024;
const ZEROS = Buffer.alloc(512);

/** An open file of which so many bytes are wanted. */
export interface OpenFile {
  readonly fd: number;
  readonly path: string;
  readonly size: number;
}

/** Fills frames. Each method gives those that have become full. */
export class Packer {
  readonly #buffer = Buffer.allocUnsafeSlow(FRAME_BYTES);
  #used = 0;

  /** Adds bytes, such as a header. */
  *bytes(bytes: Buffer): Generator<DataFrame, void, undefined> {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#used === FRAME_BYTES) yield* this.flush();
      const copied = rest.copy(this.#buffer, this.#used);
      this.#used += copied;
      rest = rest.subarray(copied);
    }
  }

  /** Adds a file from where it stands, and shows each piece of it. Returns how many bytes there were, if not all. */
  *file({ fd, path, size }: OpenFile, see: (piece: Buffer) => void): Generator<DataFrame, number, undefined> {
    let done = 0;
    while (done < size) {
      if (this.#used === FRAME_BYTES) yield* this.flush();
      const room = Math.min(size - done, FRAME_BYTES - this.#used);
      const read = () => readSync(fd, this.#buffer, this.#used, room, null);
      const bytes = attempt(`could not read file "${path}"`, read);
      if (bytes === 0) break;
      see(this.#buffer.subarray(this.#used, this.#used + bytes));
      this.#used += bytes;
      done += bytes;
    }
    return done;
  }

  /** Fills up the last block of a file of this size. */
  padding(size: number): Generator<DataFrame, void, undefined> {
    return this.bytes(ZEROS.subarray(0, paddingBytes(size)));
  }

  /** What is there so far. */
  *flush(): Generator<DataFrame, void, undefined> {
    if (this.#used === 0) return;
    const part = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    yield { type: 'data', parts: [part], bytes: part.length };
  }
}
