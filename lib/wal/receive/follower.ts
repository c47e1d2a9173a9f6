/**
 * WAL from the server into the spool, one timeline after the other, from the segment on in which a backup starts. It
 * remembers how far it came, so that another session can go on where one was lost.
 *
 * The spool holds nothing but WAL; where in it a timeline begins, and with what history, is told by `stretches`. The
 * order of things is that of ReceiveXlogStream() in src/bin/pg_basebackup/receivelog.c.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { timelineHistory } from '../../libpq/replication/commands.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { segmentStart } from '../../postgres/wal-segment.ts';
import type { Conversation } from './conversation.ts';
import { type ReceiverOptions, receiveWal, startReceiving } from './receiver.ts';
import type { WalSession } from './session.ts';
import type { Spool } from './spool.ts';

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

/** The most that may wait in the spool: a cluster changes its timeline when it is promoted, and not by the second. */
const MAX_STRETCHES = 64;

/** WAL that was received and not taken yet. */
export interface WalStore {
  readonly spool: Spool;
  /** What begins in the spool. */
  readonly stretches: Stretch[];
}

/** Follows the WAL of one server. */
export class WalFollower {
  readonly #start: BackupStart;
  readonly #store: WalStore;
  readonly #statusIntervalS: number;
  /** The timeline and position that is received next, and whether it was told as a stretch. */
  #timeline = 0;
  #lsn: Lsn = 0n;
  #told = false;

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
    if (!this.#told) {
      if (this.#store.stretches.length === MAX_STRETCHES) {
        throw new BackupError(`server changed its timeline more than ${MAX_STRETCHES} times`);
      }
      const history = await this.#fetchHistory(session.conversation);
      const { written: at } = this.#store.spool;
      this.#store.stretches.push({ at, timeline: this.#timeline, lsn: this.#lsn, history });
      this.#told = true;
    }
    await startReceiving(session.conversation, this.#receiverOptions(session));
  }

  /** Receives to the end of the timeline, and tells whenever some WAL has come. */
  async receive(session: WalSession, told: () => void): Promise<void> {
    for await (const received of receiveWal(session.conversation, this.#receiverOptions(session))) {
      if (!Buffer.isBuffer(received)) return this.#branch(received.timeline, received.lsn);
      await this.#store.spool.write(received);
      this.#lsn += BigInt(received.length);
      told();
    }
  }

  #branch(timeline: number, lsn: Lsn): void {
    this.#timeline = timeline;
    this.#lsn = segmentStart(lsn, this.#start.segmentBytes);
    this.#told = false;
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
