/**
 * target_session_attrs: whether the server that we reached is one of the kind that was asked for
 * (CONNECTION_CHECK_TARGET in libpq's fe-connect.c).
 *
 * Servers from version 14 on report what is needed at start-up. Version 13 is asked with SHOW, since a physical
 * replication connection cannot call pg_is_in_recovery(): if a transaction is read-only although the default is
 * read-write, the server is in recovery.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { SessionTarget } from '../conninfo/settings.ts';
import { show } from '../replication/commands.ts';
import type { Connection } from './connection.ts';

/** Returns why the server is not of the wanted kind; undefined if it is. */
export async function sessionMismatch(
  connection: Connection,
  target: SessionTarget,
): Promise<string | undefined> {
  switch (target) {
    case 'any':
      return undefined;
    case 'read-write':
      return (await isReadOnly(connection)) ? 'session is read-only' : undefined;
    case 'read-only':
      return (await isReadOnly(connection)) ? undefined : 'session is not read-only';
    case 'primary':
      return (await isStandby(connection)) ? 'server is in hot standby mode' : undefined;
    case 'standby':
    case 'prefer-standby':
      return (await isStandby(connection)) ? undefined : 'server is not in hot standby mode';
  }
}

async function isReadOnly(connection: Connection): Promise<boolean> {
  const byDefault = connection.parameters.get('default_transaction_read_only');
  const standby = connection.parameters.get('in_hot_standby');
  if (byDefault === undefined || standby === undefined)
    return await isOn(connection, 'transaction_read_only');
  return byDefault === 'on' || standby === 'on';
}

async function isStandby(connection: Connection): Promise<boolean> {
  const reported = connection.parameters.get('in_hot_standby');
  if (reported !== undefined) return reported === 'on';
  if (!(await isOn(connection, 'transaction_read_only'))) return false;
  if (!(await isOn(connection, 'default_transaction_read_only'))) return true;
  throw new TroubleError('could not tell whether the server is in hot standby mode', {
    hint: 'Set default_transaction_read_only to off for this connection, or use target_session_attrs=read-only.',
  });
}

async function isOn(connection: Connection, parameter: string): Promise<boolean> {
  const [value] = await connection.queryRow(show(parameter), 1);
  return value === 'on';
}
