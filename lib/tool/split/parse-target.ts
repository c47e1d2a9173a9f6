/**
 * --target-*: where recovery is to end. What the user wrote comes in, a target that the server will take goes out. The
 * checks are those of the server (check_recovery_target_*() in src/backend/access/transam/xlogrecovery.c), made while
 * there is still time to correct a slip; a time in a form that only a server reads is left to it.
 */

import { UsageError } from '../../errors/trouble.ts';
import { MAX_TIMELINE } from '../../postgres/limits.ts';
import { parseLsn } from '../../postgres/lsn.ts';
import type { RecoveryTarget, TargetKind } from '../../restore/recovery/recovery.ts';
import { type Moment, parseTimestamp } from '../../restore/recovery/timestamp.ts';

/** The name of a restore point has MAXFNAMELEN bytes, with the NUL after it. */
const MAX_NAME_BYTES = 63;
const FIRST_NORMAL_XID = 3n;
const XID_BITS = 32;
/** With its epoch in front, as pg_current_xact_id() gives it. */
const FULL_XID_BITS = 64;

/** Reads a target of a kind. Throws UsageError for what the server would not take. */
export function parseTarget(kind: TargetKind, text: string): RecoveryTarget {
  switch (kind) {
    case 'time':
      return { kind, text, moment: parseTime(text) };
    case 'lsn':
      return { kind, text, lsn: parseLsn(text) ?? invalid(kind, text, 'must be as in "0/3000158"') };
    case 'xid':
      return isTransactionId(text) ? { kind, text } : invalid(kind, text, 'must be a transaction ID');
    case 'name':
      if (text !== '' && Buffer.byteLength(text) <= MAX_NAME_BYTES) return { kind, text };
      return invalid(kind, text, `must have 1 to ${MAX_NAME_BYTES} bytes`);
    case 'immediate':
      return { kind, text: 'immediate' };
  }
}

/** Checks which timeline to recover along. Throws UsageError. */
export function parseTargetTimeline(text: string): string {
  const number = /^[1-9][0-9]*$/.test(text) ? Number(text) : 0;
  if (text === 'latest' || text === 'current' || (number > 0 && number <= MAX_TIMELINE)) return text;
  throw new UsageError(`invalid target timeline "${text}", must be "latest", "current" or a number`);
}

function parseTime(text: string): Moment {
  return parseTimestamp(text) ?? invalid('time', text, 'must be as in "2026-11-22 17:00:00+01"');
}

function isTransactionId(text: string): boolean {
  if (!/^[0-9]{1,20}$/.test(text)) return false;
  const xid = BigInt(text);
  return BigInt.asUintN(FULL_XID_BITS, xid) === xid && BigInt.asUintN(XID_BITS, xid) >= FIRST_NORMAL_XID;
}

function invalid(kind: TargetKind, text: string, rule: string): never {
  throw new UsageError(`invalid target ${kind === 'lsn' ? 'LSN' : kind} "${text}", ${rule}`);
}
