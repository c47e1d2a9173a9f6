/**
 * The file without a name in $TMPDIR that keeps what is needed of incremental backups until the full backup passes: it
 * is written at its end, and read anywhere. All of it is synchronous, as with files that are extracted.
 */

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { systemErrorText } from '../errors/system-error.ts';
import { TroubleError } from '../errors/trouble.ts';
import { writeAllSync } from '../io/pieces.ts';
import { openUnnamedFile } from '../io/unnamed-file.ts';
import { formatSize } from '../terminal/units.ts';

const READ_BYTES = 256 * 1024;

/** Grows up to a limit. */
export class CombineSpool {
  readonly #file: FileHandle;
  readonly #directory: string;
  readonly #limit: number;
  #size = 0;

  private constructor(file: FileHandle, directory: string, limit: number) {
    this.#file = file;
    this.#directory = directory;
    this.#limit = limit;
  }

  /** Makes the file. Throws TroubleError if it cannot be made. */
  static async open(limit: number, directory = tmpdir()): Promise<CombineSpool> {
    try {
      return new CombineSpool(await openUnnamedFile('bb-combine-', directory), directory, limit);
    } catch (cause) {
      throw spoolTrouble('create', directory, cause);
    }
  }

  /** How much has been written. */
  get size(): number {
    return this.#size;
  }

  /** Stores the bytes, and returns where. Throws TroubleError if there is no room for them. */
  append(bytes: Buffer): number {
    const offset = this.#size;
    if (offset + bytes.length > this.#limit)
      throw new TroubleError(`incremental backups need more than ${formatSize(this.#limit)} of spool space`, {
        detail: `The limit is given with --spool; the file is in "${this.#directory}".`,
      });
    try {
      writeAllSync(this.#file.fd, [bytes], offset);
    } catch (cause) {
      throw spoolTrouble('write', this.#directory, cause);
    }
    this.#size += bytes.length;
    return offset;
  }

  /** What is stored there, in pieces that belong to the caller. */
  *read(offset: number, bytes: number): Generator<Buffer, void, undefined> {
    for (let at = offset; at < offset + bytes; ) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, offset + bytes - at));
      at += this.#readAt(piece, at);
      yield piece;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #readAt(piece: Buffer, position: number): number {
    try {
      const bytes = readSync(this.#file.fd, piece, 0, piece.length, position);
      if (bytes === piece.length) return bytes;
    } catch (cause) {
      throw spoolTrouble('read', this.#directory, cause);
    }
    throw new TroubleError(`could not read spool file in "${this.#directory}": it is shorter than it was`);
  }
}

function spoolTrouble(act: string, directory: string, cause: unknown): TroubleError {
  return new TroubleError(`could not ${act} spool file in "${directory}": ${systemErrorText(cause)}`, {
    hint: 'Set TMPDIR to a directory with free space.',
    cause,
  });
}
