/**
 * Status updates, by which the server knows that the receiver lives: every interval, and more often while nobody
 * takes what was received, since then the server's requests for an answer lie unread behind the data, and its
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

  /** How far WAL was received. */
  written: Lsn;
  /** Whether somebody works on what was received, so that nothing more is read. */
  paused = false;

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
    this.written = written;
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
    this.#send(statusUpdate({ written: this.written, flushed: this.#flushed(this.written) }));
  }

  #tick(): void {
    const due = this.#intervalMs > 0 && Date.now() - this.#sentAt >= this.#intervalMs;
    if (due || this.paused) this.now();
  }
}
