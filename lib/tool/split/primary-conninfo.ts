/**
 * --primary-conninfo: how a standby is to reach its primary. The value of primary_conninfo is made of a connection
 * string or of the environment, as GenerateRecoveryConfig() in src/fe_utils/recovery_gen.c makes it of a connection.
 * Nothing is added to a connection string; the environment counts only where there is none, with the services in it
 * looked up, since the server that reads the setting has another environment.
 */

import { UsageError } from '../../errors/trouble.ts';
import { parseConninfo } from '../../libpq/conninfo/conninfo.ts';
import type { Conninfo } from '../../libpq/conninfo/keywords.ts';
import { gatherValues } from '../../libpq/conninfo/settings.ts';

/** Keywords that the server's WAL receiver sets itself. */
const OVERRIDDEN = ['replication', 'fallback_application_name'];
/** Keywords that have been looked up. */
const SERVICE = ['service', 'servicefile'];
/** Without any of these a standby would look for its primary at its own address. */
const ADDRESS = ['host', 'hostaddr', 'port', 'service'];

/**
 * The setting's value. Throws TroubleError for a connection string that libpq would refuse, UsageError for one that
 * names no server.
 */
export function primaryConninfo(conninfo: string | undefined, env: NodeJS.ProcessEnv): string {
  const values = conninfo === undefined ? fromEnvironment(env) : parseConninfo(conninfo);
  if (!ADDRESS.some((name) => values.get(name))) {
    throw new UsageError('no server was given for the standby to follow', {
      hint: 'Use --primary-conninfo, or set PGHOST.',
    });
  }
  const pairs = [...values].filter(([name, value]) => value !== '' && !OVERRIDDEN.includes(name));
  return pairs.map(([name, value]) => `${name}=${quoted(value)}`).join(' ');
}

function fromEnvironment(env: NodeJS.ProcessEnv): Conninfo {
  return new Map([...gatherValues({}, env)].filter(([name]) => !SERVICE.includes(name)));
}

/** See appendConnStrVal() in src/fe_utils/string_utils.c. */
function quoted(value: string): string {
  return /^[A-Za-z0-9_.]+$/.test(value) ? value : `'${value.replace(/['\\]/g, '\\$&')}'`;
}
