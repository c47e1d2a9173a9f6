/**
 * Bytes to messages. A message is a type byte, an int32 length that counts itself, and a payload
 * (PostgreSQL manual, "Message Formats"). Messages are delivered whole and never copied, except one that is
 * cut by the end of a chunk: its head is held back until the rest has come.
 *
 * CopyData messages that carry contents ('d') are delivered as runs, since they are the bulk of a backup and
 * nobody cares where the server cut them. All buffers are valid until the next piece is asked for.
 */

import type { Wire } from './frame.ts';
import { type MessagePlace, malformed } from './message-reader.ts';

/** Longest message that is believed, its type byte apart. The server sends at most 32 KiB of contents in one. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Type byte and length. */
export const MESSAGE_HEAD_BYTES = 5;
const LENGTH_BYTES = 4;
const COPY_DATA = 'd'.charCodeAt(0);
const CONTENTS = 'd'.charCodeAt(0);
const KNOWN_TYPES = new Set(Buffer.from('SNETDCHdc'));

/** One message other than contents. */
export interface Message extends MessagePlace {
  readonly payload: Buffer;
  readonly wire: Wire;
}

/** Contents of one or more CopyData messages. */
export interface Run extends MessagePlace {
  readonly type: 'contents';
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly wire: Wire;
}

/**
 * Whether CopyData messages say what they carry: since version 15 each begins with a byte for its kind;
 * before, they are contents and nothing else.
 */
export type CopyForm = 'tagged' | 'bare';

/** Cuts a stream into messages. Throws BackupError for an unknown type or a length out of bounds. */
export class Framing {
  readonly #form: CopyForm;
  /** Bytes before the contents in a message of contents. */
  readonly #contentsAt: number;
  /** The head of a message whose rest has not come yet: the first #held bytes of #carry. */
  #carry = Buffer.allocUnsafeSlow(64 * 1024);
  #held = 0;
  /** Offset in the stream of the first byte that was not delivered. */
  #offset = 0;

  constructor(form: CopyForm = 'tagged') {
    this.#form = form;
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

  /** The messages that are complete with this chunk. */
  *push(chunk: Buffer): Generator<Message | Run, void, undefined> {
    const run = new RunBuilder(chunk, this.#contentsAt);
    let position = 0;
    if (this.#held > 0) {
      const cut = this.#joinCut(chunk);
      if (cut === undefined) return;
      position = cut.end;
      if (cut.message === undefined)
        run.addCut(this.#offset, this.#carry.subarray(0, this.#held), cut.start, cut.end);
      else yield cut.message;
      this.#offset += this.#held + cut.end - cut.start;
      this.#held = 0;
    }
    while (chunk.length - position >= MESSAGE_HEAD_BYTES) {
      const end = position + this.#messageBytes(chunk, position);
      if (end > chunk.length) break;
      if (this.#isContents(chunk[position], chunk[position + MESSAGE_HEAD_BYTES]))
        run.add(this.#offset, position, end);
      else {
        yield* run.take();
        yield this.#message(chunk.subarray(position, end));
      }
      this.#offset += end - position;
      position = end;
    }
    yield* run.take();
    this.#hold(chunk, position, chunk.length);
  }

  /**
   * Completes the held message from the chunk. Contents stay in two pieces, the held one and the chunk from
   * `start` to `end`; anything else is joined and nothing of it is left in the chunk. Undefined when the
   * chunk does not complete the message, and is held too.
   */
  #joinCut(chunk: Buffer): { start: number; end: number; message: Message | undefined } | undefined {
    const headEnd = Math.min(Math.max(MESSAGE_HEAD_BYTES - this.#held, 0), chunk.length);
    this.#hold(chunk, 0, headEnd);
    if (this.#held < MESSAGE_HEAD_BYTES) return undefined;
    const missing = this.#messageBytes(this.#carry, 0) - this.#held;
    const end = headEnd + missing;
    if (end > chunk.length) {
      this.#hold(chunk, headEnd, chunk.length);
      return undefined;
    }
    const subtype = this.#held > MESSAGE_HEAD_BYTES ? this.#carry[MESSAGE_HEAD_BYTES] : chunk[headEnd];
    if (missing > 0 && this.#isContents(this.#carry[0], subtype)) {
      return { start: headEnd, end, message: undefined };
    }
    this.#hold(chunk, headEnd, end);
    return { start: end, end, message: this.#message(this.#carry.subarray(0, this.#held)) };
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

  /** Length of the message that begins at `position`, type byte included. */
  #messageBytes(bytes: Buffer, position: number): number {
    const type = bytes[position] ?? 0;
    const place = { type: String.fromCharCode(type), offset: this.#offset };
    if (!KNOWN_TYPES.has(type)) throw malformed(place, 'unknown message type');
    const length = bytes.readUInt32BE(position + 1);
    const least = type === COPY_DATA && this.#form === 'tagged' ? LENGTH_BYTES + 1 : LENGTH_BYTES;
    if (length < least || length > MAX_MESSAGE_BYTES)
      throw malformed(place, `invalid message length ${length}`);
    return 1 + length;
  }

  #isContents(type: number | undefined, kind: number | undefined): boolean {
    return type === COPY_DATA && (this.#form === 'bare' || kind === CONTENTS);
  }

  #message(whole: Buffer): Message {
    return {
      type: String.fromCharCode(whole[0] ?? 0),
      offset: this.#offset,
      payload: whole.subarray(MESSAGE_HEAD_BYTES),
      wire: [whole],
    };
  }
}

/** Collects neighbouring contents messages of one chunk, the one cut by the chunk's start included. */
class RunBuilder {
  readonly #chunk: Buffer;
  readonly #contentsAt: number;
  #parts: Buffer[] = [];
  #wire: Buffer[] = [];
  #bytes = 0;
  #offset = 0;
  /** Where in the chunk the messages of the run begin and end. */
  #start = 0;
  #end = 0;

  constructor(chunk: Buffer, contentsAt: number) {
    this.#chunk = chunk;
    this.#contentsAt = contentsAt;
  }

  /** Adds a message of which `head` came earlier and the chunk from `start` to `end` now. */
  addCut(offset: number, head: Buffer, start: number, end: number): void {
    this.#offset = offset;
    this.#wire.push(head);
    const skipped = Math.max(this.#contentsAt - head.length, 0);
    if (skipped === 0) this.#addPart(head.subarray(this.#contentsAt));
    this.#addPart(this.#chunk.subarray(start + skipped, end));
    this.#start = start;
    this.#end = end;
  }

  /** Adds the message that lies from `start` to `end`, directly behind the one before. */
  add(offset: number, start: number, end: number): void {
    if (this.#parts.length === 0) {
      this.#offset = offset;
      this.#start = start;
    }
    this.#addPart(this.#chunk.subarray(start + this.#contentsAt, end));
    this.#end = end;
  }

  /** The run, if there is one; the next begins anew. */
  *take(): Generator<Run, void, undefined> {
    if (this.#parts.length === 0) return;
    if (this.#end > this.#start) this.#wire.push(this.#chunk.subarray(this.#start, this.#end));
    const { parts, bytes, wire, offset } = {
      parts: this.#parts,
      bytes: this.#bytes,
      wire: this.#wire,
      offset: this.#offset,
    };
    this.#parts = [];
    this.#wire = [];
    this.#bytes = 0;
    yield { type: 'contents', offset, parts, bytes, wire };
  }

  #addPart(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }
}
