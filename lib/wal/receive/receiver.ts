/**
 * The client of START_REPLICATION: WAL of one timeline from a position on, until the server says that the
 * timeline has ended. The rules are those of ReceiveXlogStream() in src/bin/pg_basebackup/receivelog.c and of
 * "Streaming Replication Protocol" in the manual:
 *
 *   Query START_REPLICATION -> CopyBothResponse (W), then CopyData both ways: WAL and keepalives to us, status
 *   updates to the server; CopyDone (c) by either side, answered by the other; at the end of a timeline a row with
 *   the next one and its start; CommandComplete, ReadyForQuery.
 */

import { TroubleError } from '../../errors/trouble.ts';
import { startReplication } from '../../libpq/replication/commands.ts';
import { formatLsn, type Lsn, parseLsn } from '../../postgres/lsn.ts';
import type { Contents } from '../../stream/contents.ts';
import type { Message } from '../../stream/framing.ts';
import { type MessagePlace, malformed } from '../../stream/message-reader.ts';
import type { Conversation } from './conversation.ts';
import { StatusUpdates } from './status-updates.ts';
import { parseWalMessage } from './wal-messages.ts';

/** Where to begin, and what to tell the server about it. */
export interface ReceiverOptions {
  readonly lsn: Lsn;
  readonly timeline: number;
  readonly slot?: string | undefined;
  readonly statusIntervalS: number;
  /** The position to report as flushed, up to which the slot may drop WAL, when WAL was received up to `written`. */
  readonly flushed: (written: Lsn) => Lsn;
}

/** The timeline that follows, and where it branched off. */
export interface NextTimeline {
  readonly timeline: number;
  readonly lsn: Lsn;
}

/** Has the server begin. Throws ServerError if it does not, as when the slot is in use or the WAL is gone. */
export async function startReceiving(conversation: Conversation, options: ReceiverOptions): Promise<void> {
  conversation.sendCommand(startReplication(options.lsn, options.timeline, options.slot));
  const answer = await conversation.next();
  if (answer.type !== 'W') throw malformed(answer, 'unexpected message where WAL should begin');
}

/**
 * What the server sends after startReceiving(), in order and without gaps, each piece valid until the next is asked
 * for; the last item is the timeline that follows.
 */
export async function* receiveWal(
  conversation: Conversation,
  options: ReceiverOptions,
): AsyncGenerator<Buffer | NextTimeline, void, undefined> {
  const { lsn, statusIntervalS, flushed } = options;
  const updates = new StatusUpdates((bytes) => conversation.send(bytes), statusIntervalS, lsn, flushed);
  updates.start();
  try {
    let message = await conversation.next();
    for (; message.kind === 'contents'; message = await conversation.next()) {
      yield* unpack(message, updates);
    }
    if (message.type !== 'c') throw unexpectedEnd(message, updates.written);
    yield await endOfTimeline(conversation, message, options.timeline);
  } finally {
    updates.stop();
  }
}

/** The WAL in a run of CopyData messages, each of which is one part. */
function* unpack({ parts, offset }: Contents, updates: StatusUpdates): Generator<Buffer> {
  const place = { type: 'd', offset };
  for (const part of parts) {
    const message = parseWalMessage(part, place);
    if (message.type === 'keepalive') {
      if (message.replyRequested) updates.now();
      continue;
    }
    if (message.start !== updates.written) {
      const complaint = `WAL from ${formatLsn(message.start)} where ${formatLsn(updates.written)} was expected`;
      throw malformed(place, complaint);
    }
    updates.pause();
    yield message.bytes;
    updates.resume(message.bytes.length);
  }
}

async function endOfTimeline(
  conversation: Conversation,
  place: MessagePlace,
  current: number,
): Promise<NextTimeline> {
  conversation.sendCopyDone();
  const [row] = await conversation.rows();
  const timeline = Number(row?.[0]);
  const lsn = parseLsn(row?.[1]?.toString() ?? '');
  if (lsn === undefined || !Number.isInteger(timeline) || timeline <= current) {
    throw malformed(place, `unexpected next timeline ${row?.[0]?.toString()}, following timeline ${current}`);
  }
  return { timeline, lsn };
}

/** A server that is shut down just ends the command (WalSndDone() in walsender.c). */
function unexpectedEnd(message: Message | Contents, written: Lsn): Error {
  if (message.type !== 'C') return malformed(message, 'unexpected message where WAL should be');
  return new TroubleError(`could not receive write-ahead log: server ended it at ${formatLsn(written)}`);
}
