/**
 * WAL from the server into the spool, in the background, from the start of a backup to its end. A connection that is
 * lost is replaced by another. A failure that cannot be mended goes to the spool, whose reader gets it thrown.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type BackupStart, WalFollower, type WalStore } from './follower.ts';
import { dropSlot, openSession, type SessionHooks, type WalSession } from './session.ts';
import type { SlotChoice } from './slot.ts';
import { Spool } from './spool.ts';
import { TimelineQueue } from './timeline-queue.ts';
import { canBeMended, explain } from './wal-failure.ts';

/** How the user wants WAL streamed. */
export interface StreamingOptions {
  readonly slot: SlotChoice;
  readonly statusIntervalS: number;
  readonly spoolBytes: number;
}

const RETRIES = 3;
const RETRY_PAUSE_MS = 1000;

/** One stream of WAL. The caller of open() must call close(). */
export class WalFeed implements WalStore {
  readonly spool: Spool;
  readonly timelines = new TimelineQueue();
  readonly #hooks: SessionHooks;
  readonly #options: StreamingOptions;
  readonly #stop = new AbortController();
  #session: WalSession;
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
      signal.addEventListener('abort', () => feed.#giveUp(signal.reason as Error), { once: true });
      return feed;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  /** Begins with the segment in which the backup starts; returns when the server has agreed. */
  async start(start: BackupStart): Promise<void> {
    const follower = new WalFollower(start, this, this.#options.statusIntervalS);
    try {
      await follower.begin(this.#session);
    } catch (error) {
      this.spool.check();
      if (!canBeMended(error, { reopened: false })) throw explain(error);
      await this.#reopen(follower, error);
    }
    this.#task = this.#run(follower).catch((error) => this.spool.fail(explain(error)));
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

  /** Ends all waiting, for WAL and for the server, at once. */
  #giveUp(reason: Error): void {
    this.spool.fail(reason);
    this.#stop.abort();
  }

  async #run(follower: WalFollower): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await follower.receive(this.#session, () => {
          this.#losses = 0;
        });
        await follower.begin(this.#session);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        await this.#reopen(follower, error);
      }
    }
  }

  /** Opens another session and begins there, after a pause, until it works or has been tried often enough. */
  async #reopen(follower: WalFollower, error: unknown): Promise<void> {
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
        await follower.begin(this.#session);
        return;
      } catch (failure) {
        reason = failure;
      }
    }
  }
}
