/**
 * Bytes to messages. A message is a type byte, an int32 length that counts itself, and a payload
 * (PostgreSQL manual, "Message Formats"). Messages are delivered whole and never copied, except one that is
 * cut by the end of a chunk: its parts are put together first.
 *
 * CopyData messages that carry contents ('d') are joined (contents.ts), since they are the bulk of a backup and
 * where the server cut them has no meaning. All buffers are valid until the next piece is asked for.
 */

import { type Contents, ContentsBuilder } from './contents.ts';
import type { Wire } from './frame.ts';
import { type MessagePlace, malformed } from './message-reader.ts';

/** Longest message that is accepted, without its type byte. The server sends at most 32 KiB of contents in one. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Type byte and length. */
export const MESSAGE_HEAD_BYTES = 5;
const LENGTH_BYTES = 4;
const COPY_DATA = 'd'.charCodeAt(0);
const CONTENTS = 'd'.charCodeAt(0);
/** The types of messages in a backup stream. */
const BACKUP_TYPES = 'SNETDCHdc';

/** One message other than contents. */
export interface Message extends MessagePlace {
  readonly kind: 'message';
  readonly payload: Buffer;
  readonly wire: Wire;
}

/**
 * Whether CopyData messages say what they carry: since version 15 each begins with a byte for its kind;
 * before, they are contents and nothing else.
 */
export type CopyForm = 'tagged' | 'bare';

/**
 * Cuts a stream into messages. Throws BackupError for an unknown type, a length out of bounds, or anything
 * after the end; all that came before that is delivered first.
 */
export class Framing {
  readonly #form: CopyForm;
  readonly #types: ReadonlySet<number>;
  /** Bytes before the contents in a message of contents. */
  readonly #contentsAt: number;
  /** The head of a message whose rest has not come yet: the first #held bytes of #carry. */
  #carry = Buffer.allocUnsafeSlow(64 * 1024);
  #held = 0;
  /** Offset in the stream of the first byte that was not delivered. */
  #offset = 0;
  #closed = false;

  /** The types are those of the messages that may come; all others are refused by their first byte. */
  constructor(form: CopyForm = 'tagged', types = BACKUP_TYPES) {
    this.#form = form;
    this.#types = new Set(Buffer.from(types));
    this.#contentsAt = MESSAGE_HEAD_BYTES + (form === 'tagged' ? 1 : 0);
  }

  /** Bytes delivered as whole messages so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of a message that was begun and not finished. */
  get held(): number {
    return this.#held;
  }

  /** The message delivered last was the end of the stream. */
  close(): void {
    this.#closed = true;
  }

  /** The messages that are complete with this chunk. */
  *push(chunk: Buffer): Generator<Message | Contents, void, undefined> {
    const contents = new ContentsBuilder(this.#contentsAt);
    let position = 0;
    if (this.#held > 0) {
      position = this.#complete(chunk);
      const cut = this.#carry.subarray(0, this.#held);
      if ((yield* this.#cut(cut, 0, contents)) === 0) return;
      this.#held = 0;
    }
    position = yield* this.#cut(chunk, position, contents);
    yield* contents.take();
    this.#hold(chunk, position, chunk.length);
  }

  /** Delivers the whole messages that begin at `position`; returns where the first begins that is not whole. */
  *#cut(
    bytes: Buffer,
    position: number,
    contents: ContentsBuilder,
  ): Generator<Message | Contents, number, undefined> {
    let start = position;
    for (;;) {
      const length = this.#measure(bytes, start);
      if (typeof length !== 'number') {
        yield* contents.take();
        throw malformed({ type: String.fromCharCode(bytes[start] ?? 0), offset: this.#offset }, length.fault);
      }
      const end = start + length;
      if (end > bytes.length) return start;
      if (this.#isContents(bytes, start)) contents.add(this.#offset, bytes, start, end);
      else {
        yield* contents.take();
        yield this.#message(bytes.subarray(start, end));
      }
      this.#offset += length;
      start = end;
    }
  }

  /** Takes from the chunk what the held message lacks, as far as it is there; returns how many bytes that was. */
  #complete(chunk: Buffer): number {
    const headEnd = Math.min(Math.max(MESSAGE_HEAD_BYTES - this.#held, 0), chunk.length);
    this.#hold(chunk, 0, headEnd);
    const length = this.#measure(this.#carry.subarray(0, this.#held), 0);
    if (typeof length !== 'number' || this.#held < MESSAGE_HEAD_BYTES) return headEnd;
    const end = Math.min(headEnd + length - this.#held, chunk.length);
    this.#hold(chunk, headEnd, end);
    return end;
  }

  #hold(chunk: Buffer, start: number, end: number): void {
    const wanted = this.#held + end - start;
    if (wanted > this.#carry.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#carry.length));
      this.#carry.copy(larger, 0, 0, this.#held);
      this.#carry = larger;
    }
    chunk.copy(this.#carry, this.#held, start, end);
    this.#held = wanted;
  }

  /** Length of the message that begins at `start`, type byte included: the least it can be while its head is cut. */
  #measure(bytes: Buffer, start: number): number | { fault: string } {
    if (start === bytes.length) return MESSAGE_HEAD_BYTES;
    if (this.#closed) return { fault: 'data after the end of the backup' };
    const type = bytes[start] ?? 0;
    if (!this.#types.has(type)) return { fault: 'unknown message type' };
    if (bytes.length - start < MESSAGE_HEAD_BYTES) return MESSAGE_HEAD_BYTES;
    const length = bytes.readUInt32BE(start + 1);
    const least = type === COPY_DATA && this.#form === 'tagged' ? LENGTH_BYTES + 1 : LENGTH_BYTES;
    if (length < least || length > MAX_MESSAGE_BYTES) return { fault: `invalid message length ${length}` };
    return 1 + length;
  }

  /** Whether the whole message at `start` carries contents. */
  #isContents(bytes: Buffer, start: number): boolean {
    if (bytes[start] !== COPY_DATA) return false;
    return this.#form === 'bare' || bytes[start + MESSAGE_HEAD_BYTES] === CONTENTS;
  }

  #message(whole: Buffer): Message {
    return {
      kind: 'message',
      type: String.fromCharCode(whole[0] ?? 0),
      offset: this.#offset,
      payload: whole.subarray(MESSAGE_HEAD_BYTES),
      wire: [whole],
    };
  }
}
