/**
 * WAL from the server into the spool, in the background, from the start of a backup to its end: over one
 * connection after the other if connections are lost, on one timeline after the other if the server's changes.
 *
 * The spool holds nothing but WAL; where in it a timeline begins, and with what history, is told by `stretches`.
 * A failure that cannot be mended goes to the spool, which gives it to whoever wants to read.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Lsn } from '../backup/lsn.ts';
import { TroubleError } from '../cli/trouble.ts';
import { timelineHistory } from '../server/commands.ts';
import { canBeMended, explain } from './failure.ts';
import { type ReceiverOptions, receiveWal, startReceiving } from './receiver.ts';
import { segmentStart } from './segment.ts';
import { dropSlot, openSession, type SessionHooks, type WalSession } from './session.ts';
import type { SlotChoice } from './slot.ts';
import { Spool } from './spool.ts';

/** What the user decides about streaming WAL. */
export interface StreamingOptions {
  readonly slot: SlotChoice;
  readonly statusIntervalS: number;
  readonly spoolBytes: number;
}

/** What a backup says about itself when it begins. */
export interface BackupStart {
  readonly systemIdentifier: string;
  readonly segmentBytes: number;
  readonly timeline: number;
  readonly lsn: Lsn;
}

/** WAL of one timeline, which begins behind so many bytes of the spool. */
export interface Stretch {
  readonly at: number;
  readonly timeline: number;
  /** The start of a segment. */
  readonly lsn: Lsn;
  readonly history: Buffer | undefined;
}

const RETRIES = 3;
const RETRY_PAUSE_MS = 1000;

/** One stream of WAL. Whoever opens it closes it. */
export class WalFeed {
  readonly spool: Spool;
  /** What begins in the spool and was not taken yet. */
  readonly stretches: Stretch[] = [];
  readonly #hooks: SessionHooks;
  readonly #options: StreamingOptions;
  readonly #stop = new AbortController();
  #session: WalSession;
  #start: BackupStart | undefined;
  /** The timeline and position that is received next, and whether it was told as a stretch. */
  #timeline = 0;
  #lsn: Lsn = 0n;
  #told = false;
  /** Connections lost since WAL was received last. */
  #losses = 0;
  #task: Promise<void> | undefined;

  private constructor(session: WalSession, spool: Spool, hooks: SessionHooks, options: StreamingOptions) {
    this.spool = spool;
    this.#hooks = hooks;
    this.#options = options;
    this.#session = session;
    this.#stop.signal.addEventListener('abort', () => void this.#session.conversation.close());
  }

  /** Connects, and makes or looks up the slot, so that no WAL is lost from now on. `signal` ends all waiting. */
  static async open(hooks: SessionHooks, options: StreamingOptions, signal: AbortSignal): Promise<WalFeed> {
    const spool = await Spool.open(options.spoolBytes);
    try {
      const session = await openSession(hooks, options.slot, signal);
      const feed = new WalFeed(session, spool, hooks, options);
      signal.addEventListener('abort', () => spool.fail(signal.reason as Error), { once: true });
      return feed;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  /** Begins with the segment in which the backup starts; returns when the server has agreed. */
  async start(start: BackupStart): Promise<void> {
    this.#start = start;
    this.#branch(start.timeline, start.lsn);
    try {
      await this.#begin();
    } catch (error) {
      if (!canBeMended(error, { reopened: false })) throw explain(error);
      await this.#reopen(error);
    }
    this.#task = this.#run().catch((error) => this.spool.fail(explain(error)));
  }

  /** Ends the sessions. After a failure, a permanent slot that was made for this backup goes too. */
  async close({ failed }: { failed: boolean }): Promise<void> {
    this.#stop.abort();
    await this.spool.close();
    await this.#task;
    await this.#session.conversation.close();
    const { slot } = this.#options;
    if (failed && slot.kind === 'create') await dropSlot(this.#hooks, slot.name);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#receive();
        await this.#begin();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#reopen(error);
      }
    }
  }

  /** Receives to the end of the timeline. */
  async #receive(): Promise<void> {
    for await (const received of receiveWal(this.#session.conversation, this.#receiverOptions())) {
      if (!Buffer.isBuffer(received)) return this.#branch(received.timeline, received.lsn);
      await this.spool.write(received);
      this.#lsn += BigInt(received.length);
      this.#losses = 0;
    }
  }

  #branch(timeline: number, lsn: Lsn): void {
    this.#timeline = timeline;
    this.#lsn = segmentStart(lsn, this.#segmentBytes);
    this.#told = false;
  }

  /** Has the server send from where we are. */
  async #begin(): Promise<void> {
    const { conversation, systemIdentifier } = this.#session;
    if (systemIdentifier !== this.#start?.systemIdentifier) {
      throw new TroubleError('system identifier does not match between base backup and streaming connection');
    }
    if (!this.#told) {
      const history = await this.#fetchHistory();
      const { written: at } = this.spool;
      this.stretches.push({ at, timeline: this.#timeline, lsn: this.#lsn, history });
      this.#told = true;
    }
    await startReceiving(conversation, this.#receiverOptions());
  }

  async #fetchHistory(): Promise<Buffer | undefined> {
    if (this.#timeline === 1) return undefined;
    this.#session.conversation.sendCommand(timelineHistory(this.#timeline));
    const [row] = await this.#session.conversation.rows();
    const contents = row?.[1];
    if (!contents) throw new TroubleError(`server sent no history of timeline ${this.#timeline}`);
    return contents;
  }

  /** Opens another session and begins there, after a pause, until it works or has been tried often enough. */
  async #reopen(error: unknown): Promise<void> {
    const { slot } = this.#options;
    for (let reason = error; ; ) {
      if (++this.#losses > RETRIES || !canBeMended(reason, { reopened: true })) throw reason;
      this.#hooks.messages.warning(`${explain(reason).message}; trying again`);
      await pause(RETRY_PAUSE_MS, undefined, { signal: this.#stop.signal });
      await this.#session.conversation.close();
      try {
        const kept: SlotChoice = slot.kind === 'create' ? { kind: 'existing', name: slot.name } : slot;
        this.#session = await openSession(this.#hooks, kept, this.#stop.signal);
        if (this.#stop.signal.aborted) return;
        await this.#begin();
        return;
      } catch (failure) {
        reason = failure;
      }
    }
  }

  #receiverOptions(): ReceiverOptions {
    const { slot } = this.#session;
    return {
      lsn: this.#lsn,
      timeline: this.#timeline,
      slot,
      statusIntervalS: this.#options.statusIntervalS,
      // A standby made from the backup will ask the slot for the last segment from its start, as receivelog.c knows.
      flushed: (written) => (slot === undefined ? 0n : segmentStart(written, this.#segmentBytes)),
    };
  }

  get #segmentBytes(): number {
    return this.#start?.segmentBytes ?? 1;
  }
}
