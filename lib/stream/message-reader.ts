/**
 * A cursor over the payload of one message. It cannot run off the end and rejects what is left over, as
 * GetCopyDataByte() to GetCopyDataEnd() in src/bin/pg_basebackup/pg_basebackup.c do.
 */

import { BackupError } from '../errors/backup-error.ts';
import { quoted } from '../terminal/visible.ts';

/** Where a message is in the stream, for errors. */
export interface MessagePlace {
  /** The message's type, as the letter of the protocol. */
  readonly type: string;
  /** Offset of the type byte from the start of the stream. */
  readonly offset: number;
}

/** The error for a message that the protocol does not allow, with its type and offset. */
export function malformed(place: MessagePlace, complaint: string): BackupError {
  return new BackupError(`malformed backup stream: ${complaint}`, {
    detail: `The message of type ${quoted(place.type)} begins at byte ${place.offset}.`,
  });
}

/** Throws the complaint of a rule, if there is one. */
export function check(place: MessagePlace, complaint: string | undefined): void {
  if (complaint !== undefined) throw malformed(place, complaint);
}

/** Reads a payload from its start; each method throws BackupError where the bytes are not there. */
export class MessageReader {
  readonly #payload: Buffer;
  readonly #place: MessagePlace;
  #position = 0;

  constructor(payload: Buffer, place: MessagePlace) {
    this.#payload = payload;
    this.#place = place;
  }

  byte(): number {
    return this.#payload[this.#advance(1)] ?? 0;
  }

  int16(): number {
    return this.#payload.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#payload.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#payload.readBigInt64BE(this.#advance(8));
  }

  /** A string that ends with NUL, without it. */
  string(): string {
    const start = this.#position;
    const end = this.#payload.indexOf(0, start);
    if (end < 0) throw malformed(this.#place, 'string without its end');
    this.#position = end + 1;
    return this.#payload.toString('utf8', start, end);
  }

  /** A column of a DataRow as text. */
  column(): string | null {
    return this.columnBytes()?.toString('utf8') ?? null;
  }

  /** A column of a DataRow: an int32 length, or -1 for NULL, and as many bytes; a view, not a copy. */
  columnBytes(): Buffer | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw malformed(this.#place, `column of ${length} bytes`);
    const start = this.#advance(length);
    return this.#payload.subarray(start, start + length);
  }

  /** Insists that nothing is left. */
  end(): void {
    const left = this.#payload.length - this.#position;
    if (left > 0) throw malformed(this.#place, `${left} bytes too many`);
  }

  #advance(bytes: number): number {
    const start = this.#position;
    if (start + bytes > this.#payload.length) throw malformed(this.#place, 'message is too short');
    this.#position = start + bytes;
    return start;
  }
}
