/**
 * Status updates, by which the server knows that the receiver is alive. They are sent in every interval, and more often
 * while the consumer works on WAL: then the server's requests for a reply wait unread after the data, and its
 * wal_sender_timeout would end the connection.
 */

import type { Lsn } from '../../postgres/lsn.ts';
import { statusUpdate } from './wal-messages.ts';

/** Often enough for a wal_sender_timeout of one second. */
const TICK_MS = 400;

/** The sending of updates on one connection. */
export class StatusUpdates {
  readonly #send: (message: Buffer) => void;
  readonly #intervalMs: number;
  readonly #flushed: (written: Lsn) => Lsn;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = Date.now();

  #written: Lsn;
  #paused = false;

  /** An interval of 0 means that only requests are answered. */
  constructor(
    send: (message: Buffer) => void,
    intervalS: number,
    written: Lsn,
    flushed: (written: Lsn) => Lsn,
  ) {
    this.#send = send;
    this.#intervalMs = intervalS * 1000;
    this.#flushed = flushed;
    this.#written = written;
  }

  /** How far WAL was received. */
  get written(): Lsn {
    return this.#written;
  }

  /** The consumer works on WAL that has come, so that nothing is read until resume(). */
  pause(): void {
    this.#paused = true;
  }

  /** The consumer has done with this number of bytes of WAL. */
  resume(bytes: number): void {
    this.#paused = false;
    this.#written += BigInt(bytes);
  }

  /** Begins; stop() is to be called at the end. */
  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Sends one at once, as when the server asks. */
  now(): void {
    this.#sentAt = Date.now();
    this.#send(statusUpdate({ written: this.#written, flushed: this.#flushed(this.#written) }));
  }

  #tick(): void {
    const due = this.#intervalMs > 0 && Date.now() - this.#sentAt >= this.#intervalMs;
    if (due || this.#paused) this.now();
  }
}
