/** Checks of what is limited in number: WAL senders and replication slots. Having them is the only proof. */

import type { Row } from '../../../libpq/connect/connection.ts';
import {
  createReplicationSlot,
  dropReplicationSlot,
  readReplicationSlot,
} from '../../../libpq/replication/commands.ts';
import { SINCE } from '../../../postgres/features.ts';
import { type Context, parameter, replicationOf } from './context.ts';
import { UnansweredError } from './inquiry.ts';
import { failed, notKnown, ok, reasonOf, type Verdict, warning } from './verdict.ts';

/** Everybody sees its rows, if not all that is in them. */
const COUNT_SENDERS = 'SELECT count(*) FROM pg_stat_replication';
const COUNT_SLOTS = 'SELECT count(*) FROM pg_replication_slots';
const LIST_SLOTS = 'SELECT slot_name, slot_type, active, wal_status FROM pg_replication_slots';

/** Opens as many connections as the backup needs; the first is open already. */
export async function checkWalSenders(context: Context): Promise<Verdict> {
  replicationOf(context);
  const needed = context.request.streaming === undefined ? 1 : 2;
  try {
    if (needed > 1) await context.sessions.replication();
  } catch (error) {
    context.sessions.signal.throwIfAborted();
    return failed(`${needed} are needed: ${reasonOf(error)}`);
  }
  return ok(`${needed} needed${await numberFree(context, 'max_wal_senders', COUNT_SENDERS, needed)}`);
}

/** Makes the slot of the backup as a temporary one and drops it again, or looks the existing one up. */
export async function checkSlot(context: Context): Promise<Verdict> {
  const { slot = { kind: 'none' } as const } = context.request.streaming ?? {};
  switch (slot.kind) {
    case 'none':
      return ok('none needed');
    case 'existing':
      return await lookUp(context, slot.name);
    case 'create':
      return await tryToMake(context, slot.name);
    case 'temporary':
      return await tryToMake(context, `bb_stream_${replicationOf(context).processId}`);
  }
}

async function tryToMake(context: Context, name: string): Promise<Verdict> {
  const connection = replicationOf(context);
  await connection.query(createReplicationSlot(name, true, connection.serverVersion.number));
  await connection.query(dropReplicationSlot(name));
  return ok(`one can be created${await numberFree(context, 'max_replication_slots', COUNT_SLOTS, 0)}`);
}

/** How many of a limited number are free, `ours` not counted as taken; nothing if that is not known. */
async function numberFree(context: Context, limit: string, count: string, ours: number): Promise<string> {
  try {
    const [row] = await context.inquiry.ask(count);
    const most = Number(await parameter(context, limit));
    return `, ${most - Number(row?.[0]) + ours} of ${most} free`;
  } catch (error) {
    if (error instanceof UnansweredError) return '';
    throw error;
  }
}

async function lookUp(context: Context, name: string): Promise<Verdict> {
  try {
    const rows = await context.inquiry.ask(LIST_SLOTS);
    return judgeSlot(
      name,
      rows.find(([slot]) => slot === name),
    );
  } catch (error) {
    if (error instanceof UnansweredError) return await lookUpByCommand(context, name, error.message);
    throw error;
  }
}

/** What pg_replication_slots says of a slot: name, type, whether it is in use, and whether its WAL is there. */
function judgeSlot(name: string, row: Row | undefined): Verdict {
  const [, type, active, walStatus] = row ?? [];
  if (type === undefined) return failed(`replication slot "${name}" does not exist`);
  if (type !== 'physical') return failed(`replication slot "${name}" is ${type}, but must be physical`);
  if (active === 't') return failed(`replication slot "${name}" is in use`);
  if (walStatus === 'lost') return failed(`replication slot "${name}" has lost WAL that it needs`);
  return ok(`"${name}" exists and is not in use`);
}

async function lookUpByCommand(context: Context, name: string, reason: string): Promise<Verdict> {
  const connection = replicationOf(context);
  if (connection.serverVersion.number < SINCE.readReplicationSlot) return notKnown(reason);
  const [row] = await connection.query(readReplicationSlot(name));
  if (row?.[0] !== 'physical') return judgeSlot(name, row?.[0] ? [name, row[0]] : undefined);
  return warning(`"${name}" exists; whether it is in use is not known: ${reason}`);
}
