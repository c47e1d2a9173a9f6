/**
 * Contents of archives: CopyData messages that follow each other, joined into one. Nothing is copied; the wire is one
 * piece for all messages that lie in the same buffer.
 */

import type { Wire } from './frame.ts';
import type { MessagePlace } from './message-reader.ts';

/** Contents of one or more CopyData messages. */
export interface Contents extends MessagePlace {
  readonly kind: 'contents';
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly wire: Wire;
}

/** Joins messages of contents that follow each other. */
export class ContentsBuilder {
  readonly #contentsAt: number;
  #parts: Buffer[] = [];
  #wire: Buffer[] = [];
  #bytes = 0;
  #offset = 0;
  /** The buffer and the range in it of the messages that are not in the wire yet. */
  #source: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(contentsAt: number) {
    this.#contentsAt = contentsAt;
  }

  /** Adds the message from `start` to `end`; in the same `source`, it must begin where the one before ended. */
  add(offset: number, source: Buffer, start: number, end: number): void {
    if (this.#parts.length === 0) this.#offset = offset;
    if (this.#parts.length === 0 || source !== this.#source) {
      this.#closeWire();
      this.#source = source;
      this.#start = start;
    }
    this.#end = end;
    this.#parts.push(source.subarray(start + this.#contentsAt, end));
    this.#bytes += end - start - this.#contentsAt;
  }

  /** The contents so far, if there are any; what is added later begins anew. */
  *take(): Generator<Contents, void, undefined> {
    if (this.#parts.length === 0) return;
    this.#closeWire();
    const [parts, wire, bytes] = [this.#parts, this.#wire, this.#bytes];
    this.#parts = [];
    this.#wire = [];
    this.#bytes = 0;
    yield { kind: 'contents', type: 'd', offset: this.#offset, parts, bytes, wire };
  }

  #closeWire(): void {
    if (this.#end > this.#start) this.#wire.push(this.#source.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
