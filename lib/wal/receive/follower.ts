/**
 * WAL from the server into the spool, one timeline after the other, beginning with the segment in which a backup
 * starts. It remembers how far it came, so that another session can go on where one was lost.
 *
 * The spool contains nothing but WAL; where in it a timeline begins is in a queue of its own (timeline-queue.ts). The
 * order of commands is that of ReceiveXlogStream() in src/bin/pg_basebackup/receivelog.c.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { timelineHistory } from '../../libpq/replication/commands.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { segmentStart } from '../../postgres/wal-segment.ts';
import type { Conversation } from './conversation.ts';
import { type ReceiverOptions, receiveWal, startReceiving } from './receiver.ts';
import type { WalSession } from './session.ts';
import type { Spool } from './spool.ts';
import type { TimelineQueue } from './timeline-queue.ts';

/** What a backup says about itself when it begins. */
export interface BackupStart {
  readonly systemIdentifier: string;
  readonly segmentBytes: number;
  readonly timeline: number;
  readonly lsn: Lsn;
}

/** WAL that was received and not taken yet, and its timelines. */
export interface WalStore {
  readonly spool: Spool;
  readonly timelines: TimelineQueue;
}

/** Follows the WAL of one server. */
export class WalFollower {
  readonly #start: BackupStart;
  readonly #store: WalStore;
  readonly #statusIntervalS: number;
  /** The timeline and position that is received next, and whether the timeline was added to the queue. */
  #timeline = 0;
  #lsn: Lsn = 0n;
  #queued = false;

  constructor(start: BackupStart, store: WalStore, statusIntervalS: number) {
    this.#start = start;
    this.#store = store;
    this.#statusIntervalS = statusIntervalS;
    this.#branch(start.timeline, start.lsn);
  }

  /** Has the server send from where we are. Throws TroubleError if it is not the server of the backup. */
  async begin(session: WalSession): Promise<void> {
    if (session.systemIdentifier !== this.#start.systemIdentifier) {
      throw new TroubleError('system identifier does not match between base backup and streaming connection');
    }
    if (!this.#queued) {
      const history = await this.#fetchHistory(session.conversation);
      const { written: at } = this.#store.spool;
      this.#store.timelines.add({ at, timeline: this.#timeline, lsn: this.#lsn, history });
      this.#queued = true;
    }
    await startReceiving(session.conversation, this.#receiverOptions(session));
  }

  /** Receives to the end of the timeline; calls `onWal` whenever some WAL has come. */
  async receive(session: WalSession, onWal: () => void): Promise<void> {
    for await (const received of receiveWal(session.conversation, this.#receiverOptions(session))) {
      if (!Buffer.isBuffer(received)) return this.#branch(received.timeline, received.lsn);
      await this.#store.spool.write(received);
      this.#lsn += BigInt(received.length);
      onWal();
    }
  }

  #branch(timeline: number, lsn: Lsn): void {
    this.#timeline = timeline;
    this.#lsn = segmentStart(lsn, this.#start.segmentBytes);
    this.#queued = false;
  }

  async #fetchHistory(conversation: Conversation): Promise<Buffer | undefined> {
    if (this.#timeline === 1) return undefined;
    conversation.sendCommand(timelineHistory(this.#timeline));
    const [row] = await conversation.rows();
    const contents = row?.[1];
    if (!contents) throw new TroubleError(`server sent no history of timeline ${this.#timeline}`);
    return contents;
  }

  #receiverOptions({ slot }: WalSession): ReceiverOptions {
    return {
      lsn: this.#lsn,
      timeline: this.#timeline,
      slot,
      statusIntervalS: this.#statusIntervalS,
      // A standby made from the backup will ask the slot for the last segment from its start, as receivelog.c knows.
      flushed: (written) => (slot === undefined ? 0n : segmentStart(written, this.#start.segmentBytes)),
    };
  }
}
