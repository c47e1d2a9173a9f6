/** One connection for WAL: open, with the system identifier of its cluster, and its replication slot ready. */

import type { Connection } from '../../libpq/connect/connection.ts';
import { dropReplicationSlot, IDENTITY_COLUMNS, identifySystem } from '../../libpq/replication/commands.ts';
import type { Messages } from '../../terminal/messages.ts';
import { Conversation } from './conversation.ts';
import { prepareSlot, type SlotChoice } from './slot.ts';

/** Takes milliseconds normally; the user waits for it. */
const DROP_SLOT_MS = 900;

/** An open session. Closing its conversation ends it, and drops its slot if that is temporary. */
export interface WalSession {
  readonly conversation: Conversation;
  readonly systemIdentifier: string;
  /** The slot's name; undefined if there is none. */
  readonly slot: string | undefined;
}

/** How to open sessions. */
export interface SessionHooks {
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  readonly messages: Messages;
}

/** Opens a session. Throws what connecting throws, and ServerError or TroubleError for the slot. */
export async function openSession(
  hooks: SessionHooks,
  slot: SlotChoice,
  signal: AbortSignal,
): Promise<WalSession> {
  const { messages } = hooks;
  const connection = await hooks.connect(signal);
  try {
    const [systemIdentifier] = await connection.queryRow(identifySystem(), IDENTITY_COLUMNS);
    return {
      systemIdentifier: systemIdentifier ?? '',
      slot: await prepareSlot(connection, slot, messages),
      conversation: new Conversation(connection, (notice) => messages.notice(notice)),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Drops a slot over a connection of its own, since the one of the session may be lost. */
export async function dropSlot({ connect, messages }: SessionHooks, slot: string): Promise<void> {
  try {
    const connection = await connect(AbortSignal.timeout(DROP_SLOT_MS));
    await connection.query(dropReplicationSlot(slot)).finally(() => connection.close());
  } catch (error) {
    // Something else has failed before, and that is the failure to be known.
    messages.warning(`could not drop replication slot "${slot}": ${(error as Error).message}`);
  }
}
