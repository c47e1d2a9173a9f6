/**
 * What is inside the CopyData messages of START_REPLICATION (PostgreSQL manual, "Streaming Replication
 * Protocol"): from the server WAL ('w') and keepalives ('k'), from us status updates ('r'). The walsender's side
 * is XLogSendPhysical(), WalSndKeepalive() and ProcessStandbyReplyMessage() in src/backend/replication/walsender.c.
 */

import type { Lsn } from '../../postgres/lsn.ts';
import { type MessagePlace, malformed } from '../../stream/message-reader.ts';
import { quoted } from '../../terminal/visible.ts';

/** What the server sends. The bytes are a view of the message. */
export type WalMessage =
  | { readonly type: 'wal'; readonly start: Lsn; readonly bytes: Buffer }
  | { readonly type: 'keepalive'; readonly end: Lsn; readonly replyRequested: boolean };

/** How far the receiver has come. */
export interface StandbyStatus {
  readonly written: Lsn;
  /** Zero for a receiver that does not report it. */
  readonly flushed: Lsn;
}

/** Kind, start of the WAL, end of all WAL at the server, time. */
const WAL_HEAD_BYTES = 1 + 8 + 8 + 8;
/** Kind, end of all WAL at the server, time, whether a reply is requested. */
const KEEPALIVE_BYTES = 1 + 8 + 8 + 1;
/** The server sends at most 16 pages of WAL in one message; pages have at most 64 KiB. */
const MAX_WAL_BYTES = 16 * 64 * 1024;
/** CopyData: type and length; kind, three positions, time, whether a reply is requested. */
const STATUS_BYTES = 1 + 4 + 1 + 8 + 8 + 8 + 8 + 1;
/** From the epoch of Unix to that of PostgreSQL, 2000-01-01. */
const EPOCH_OFFSET_MS = 946_684_800_000;

/** Reads the payload of a CopyData message. Throws BackupError if it is neither of the two. */
export function parseWalMessage(payload: Buffer, place: MessagePlace): WalMessage {
  const kind = String.fromCharCode(payload[0] ?? 0);
  if (kind === 'w') {
    const length = payload.length - WAL_HEAD_BYTES;
    if (length <= 0 || length > MAX_WAL_BYTES) throw malformed(place, `WAL data of ${length} bytes`);
    return { type: 'wal', start: payload.readBigUInt64BE(1), bytes: payload.subarray(WAL_HEAD_BYTES) };
  }
  if (kind === 'k') {
    if (payload.length !== KEEPALIVE_BYTES) throw malformed(place, `keepalive of ${payload.length} bytes`);
    return {
      type: 'keepalive',
      end: payload.readBigUInt64BE(1),
      replyRequested: payload[KEEPALIVE_BYTES - 1] !== 0,
    };
  }
  throw malformed(place, `unknown kind of WAL message ${quoted(kind)}`);
}

/** A status update, ready to be sent. Nothing is ever applied here, and no reply is asked for. */
export function statusUpdate({ written, flushed }: StandbyStatus, now = Date.now()): Buffer {
  const bytes = Buffer.alloc(STATUS_BYTES);
  bytes.write('d', 0, 'latin1');
  bytes.writeInt32BE(STATUS_BYTES - 1, 1);
  bytes.write('r', 5, 'latin1');
  bytes.writeBigUInt64BE(written, 6);
  bytes.writeBigUInt64BE(flushed, 14);
  bytes.writeBigInt64BE(BigInt(now - EPOCH_OFFSET_MS) * 1000n, 30);
  return bytes;
}
