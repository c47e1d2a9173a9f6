/**
 * What a server sends during the conversation: chunks of bytes come in, whole messages go out. Their lengths and
 * contents are checked, since pg-protocol, which reads them next, checks neither.
 *
 * The states are those of libpq: until AuthenticationOk only requests and errors may come, and short ones; after it the
 * messages of simple commands, and of one that copies in. A length is checked as soon as it has come, before the
 * message is waited for. The bounds and the wording are those of PQconnectPoll() in libpq's fe-connect.c and
 * pqParseInput3() in fe-protocol3.c; libpq has none for the answer to a command as a whole.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { MessageCheck } from './message-check.ts';

const HEAD_BYTES = 5;
const LENGTH_BYTES = 4;
/** AuthenticationOk, from its type to its end. */
const AUTHENTICATED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
const BEFORE_AUTHENTICATION = 'RE';
/** ParameterStatus to ReadyForQuery, results, notifications, and CopyInResponse. */
const AFTER_AUTHENTICATION = 'SKZENTDCIAG';
/** Messages that may be long; all others are at most as long as an error before authentication. */
const LONG_TYPES = 'ENTDA';
const MAX_REQUEST_BYTES = 2000;
const MAX_SHORT_BYTES = 30_000;
/** All that comes before a command, or in answer to one: no answer that bb waits for has more than a few kB. */
const MAX_REPLY_BYTES = 1024 * 1024;

/** Cuts the bytes of one connection into messages. */
export class Incoming {
  readonly #check = new MessageCheck();
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes that #held must have before anything can be done. */
  #wanted = HEAD_BYTES;
  #authenticated = false;
  #replyBytes = 0;

  /** The beginning of a message that is not complete. */
  get rest(): Buffer {
    return Buffer.concat(this.#held);
  }

  /** A command is sent: its answer is counted from here. */
  expectReply(): void {
    this.#replyBytes = 0;
  }

  /** The messages that are complete with this chunk. Throws TroubleError for what no server may send. */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#wanted) return;
    const bytes = this.rest;
    let position = 0;
    for (;;) {
      this.#wanted = this.#measure(bytes, position);
      if (position + this.#wanted > bytes.length) break;
      const message = bytes.subarray(position, position + this.#wanted);
      position += message.length;
      this.#admit(message);
      yield message;
    }
    this.#held = [bytes.subarray(position)];
    this.#heldBytes = bytes.length - position;
  }

  /** Length of the message at `position`, type byte included; its least possible length if its head is not complete. */
  #measure(bytes: Buffer, position: number): number {
    if (position === bytes.length) return HEAD_BYTES;
    const type = String.fromCharCode(bytes[position] ?? 0);
    if (!this.#authenticated && !BEFORE_AUTHENTICATION.includes(type)) {
      throw new TroubleError(`expected authentication request from server, but received ${shownType(type)}`);
    }
    if (bytes.length - position < HEAD_BYTES) return HEAD_BYTES;
    const length = bytes.readInt32BE(position + 1);
    if (type === 'R' && !this.#authenticated && (length < 2 * LENGTH_BYTES || length > MAX_REQUEST_BYTES)) {
      throw new TroubleError('received invalid authentication request');
    }
    if (!this.#isExpected(type, length)) {
      const message = `got message type "${shownType(type)}", length ${length}`;
      throw new TroubleError(`lost synchronization with server: ${message}`);
    }
    return 1 + length;
  }

  #isExpected(type: string, length: number): boolean {
    if (this.#authenticated && !AFTER_AUTHENTICATION.includes(type)) return false;
    const isLong = this.#authenticated && LONG_TYPES.includes(type);
    return length >= LENGTH_BYTES && length <= (isLong ? MAX_REPLY_BYTES : MAX_SHORT_BYTES);
  }

  #admit(message: Buffer): void {
    this.#replyBytes += message.length;
    if (this.#replyBytes > MAX_REPLY_BYTES) {
      throw new TroubleError(
        `server sent more than ${MAX_REPLY_BYTES} bytes where a short answer was expected`,
      );
    }
    this.#check.check(message);
    if (message.equals(AUTHENTICATED)) this.#authenticated = true;
  }
}

/** A type byte for a message: control characters are escaped. */
export function shownType(type: string): string {
  return /[!-~]/.test(type) ? type : `0x${type.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
