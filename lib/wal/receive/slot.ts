/**
 * The replication slot that keeps WAL at the server until it was received: a temporary one unless the user names one or
 * wants none. As much as possible is checked before the backup begins.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { createReplicationSlot, readReplicationSlot } from '../../libpq/replication/commands.ts';
import { SINCE } from '../../postgres/features.ts';
import type { Messages } from '../../terminal/messages.ts';
import { quoted } from '../../terminal/visible.ts';

/** Which slot to use; 'create' makes a permanent one. */
export type SlotChoice =
  | { readonly kind: 'temporary' }
  | { readonly kind: 'existing'; readonly name: string }
  | { readonly kind: 'create'; readonly name: string }
  | { readonly kind: 'none' };

/** Makes the slot, or looks it up. Returns its name, or undefined for none. Throws for one that cannot be used. */
export async function prepareSlot(
  connection: Connection,
  choice: SlotChoice,
  messages: Messages,
): Promise<string | undefined> {
  const version = connection.serverVersion.number;
  switch (choice.kind) {
    case 'none':
      return undefined;
    case 'temporary': {
      const name = `bb_stream_${connection.processId}`;
      await connection.query(createReplicationSlot(name, true, version));
      messages.info(`created temporary replication slot "${name}"`);
      return name;
    }
    case 'create':
      await connection.query(createReplicationSlot(choice.name, false, version));
      messages.info(`created replication slot "${choice.name}"`);
      return choice.name;
    case 'existing':
      // Older servers say it when the slot is first used, which is after the checkpoint but before the copy.
      if (version >= SINCE.readReplicationSlot) await lookUp(connection, choice.name);
      return choice.name;
  }
}

async function lookUp(connection: Connection, name: string): Promise<void> {
  const [row] = await connection.query(readReplicationSlot(name));
  if (row?.[0] === 'physical') return;
  const shown = quoted(name);
  if (!row?.[0]) throw new TroubleError(`replication slot ${shown} does not exist`);
  throw new TroubleError(`expected a physical replication slot, but ${shown} is of type "${row[0]}"`);
}
