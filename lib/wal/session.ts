/** One connection for WAL: opened, known to be the right cluster's, its replication slot ready. */

import type { Messages } from '../cli/messages.ts';
import { identifySystem } from '../server/commands.ts';
import type { Connection } from '../server/connection.ts';
import { Conversation } from './conversation.ts';
import { prepareSlot, type SlotChoice } from './slot.ts';

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
    const [system] = await connection.query(identifySystem());
    return {
      systemIdentifier: system?.[0] ?? '',
      slot: await prepareSlot(connection, slot, messages),
      conversation: new Conversation(connection, (notice) => messages.notice(notice)),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
