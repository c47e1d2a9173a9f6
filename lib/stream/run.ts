/**
 * Runs of contents: messages that carry contents and follow upon each other, made into one. Nothing is copied;
 * the wire of a run is one piece for all messages that lie in the same buffer.
 */

import type { Wire } from './frame.ts';
import type { MessagePlace } from './message-reader.ts';

/** Contents of one or more CopyData messages. */
export interface Run extends MessagePlace {
  readonly kind: 'contents';
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly wire: Wire;
}

/** Collects messages of contents that follow upon each other. */
export class RunBuilder {
  readonly #contentsAt: number;
  #parts: Buffer[] = [];
  #wire: Buffer[] = [];
  #bytes = 0;
  #offset = 0;
  /** Where the messages lie that are not in the wire yet. */
  #source: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(contentsAt: number) {
    this.#contentsAt = contentsAt;
  }

  /** Adds the message that lies from `start` to `end`, directly behind the one before if that was in `source` too. */
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

  /** The run, if there is one; the next begins anew. */
  *take(): Generator<Run, void, undefined> {
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
