/**
 * Connects to the first server of the list that can be reached, lets us in and is of the kind wanted.
 *
 * Hosts are tried in order (or shuffled), each with all its addresses, each of these encrypted or not as sslmode says.
 * Which failures lead on to the next and which end it all is PQconnectPoll in libpq's fe-connect.c: a server that
 * refuses us is not passed over for another one. If nothing works, the error has every reason.
 */

import { randomInt } from 'node:crypto';
import { SeveralFailures, TroubleError } from '../../errors/trouble.ts';
import { type Endpoint, resolveEndpoints } from '../conninfo/endpoint.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import type { ConnectionSettings, SessionTarget } from '../conninfo/settings.ts';
import { encryptionPlan } from '../tls/tls.ts';
import { attempt, type ConnectHooks } from './attempt.ts';
import { AttemptError } from './attempt-error.ts';
import type { Connection } from './connection.ts';
import { asTrouble } from './connection-failure.ts';
import { Deadline } from './deadline.ts';
import { sessionMismatch } from './session-target.ts';

export type { ConnectHooks } from './attempt.ts';

/** Connects. Throws TroubleError with all the reasons, or the reason of the hooks' signal. */
export async function connect(settings: ConnectionSettings, hooks: ConnectHooks): Promise<Connection> {
  await hooks.passwords.prepare();
  const failures: TroubleError[] = [];
  const shuffled = settings.loadBalanceHosts === 'random';
  const hosts = shuffled ? shuffle(settings.hosts) : settings.hosts;
  try {
    for (const target of sessionTargets(settings.sessionTarget)) {
      for (const host of hosts) {
        const endpoints = await tryResolve(host, failures);
        const ordered = shuffled ? shuffle(endpoints) : endpoints;
        const connection = await tryHost({ host, target, settings, hooks, failures }, ordered);
        if (connection) return connection;
      }
    }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error;
  }
  throw combine(failures);
}

/** What stays the same while the addresses of one host are tried. */
interface HostTrial {
  readonly host: HostSetting;
  readonly target: SessionTarget;
  readonly settings: ConnectionSettings;
  readonly hooks: ConnectHooks;
  readonly failures: TroubleError[];
}

/** If no standby is to be had, any server will do, from the beginning. */
function sessionTargets(wanted: SessionTarget): readonly SessionTarget[] {
  return wanted === 'prefer-standby' ? ['prefer-standby', 'any'] : [wanted];
}

async function tryResolve(host: HostSetting, failures: TroubleError[]): Promise<Endpoint[]> {
  try {
    return await resolveEndpoints(host);
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    failures.push(error);
    return [];
  }
}

/** Tries the addresses of a host. Returns undefined if the next host is to be tried; throws AttemptError if none is. */
async function tryHost(trial: HostTrial, endpoints: readonly Endpoint[]): Promise<Connection | undefined> {
  for (const endpoint of endpoints) {
    try {
      const connection = await tryEndpoint(trial, endpoint);
      const mismatch = await findMismatch(connection, trial, endpoint);
      if (!mismatch) return connection;
      trial.failures.push(mismatch);
      await connection.close();
      return undefined;
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      if (error.reach === 'host') return undefined;
      if (error.reach !== 'address') throw error;
    }
  }
  return undefined;
}

/** Tries one address, encrypted or not. All failures are recorded, except a mere lack of TLS. */
async function tryEndpoint(trial: HostTrial, endpoint: Endpoint): Promise<Connection> {
  const { host, settings, hooks, failures } = trial;
  const plan = encryptionPlan(settings.tls.mode, endpoint);
  let last: AttemptError | undefined;
  for (const encryption of plan) {
    try {
      return await attempt({ host, endpoint, encryption }, settings, hooks);
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      last = error;
      if (!error.withoutTls || plan.length === 1) failures.push(error.trouble);
      if (error.reach !== 'encryption') throw error;
    }
  }
  throw last ?? new Error('an encryption plan is never empty');
}

/** Queries to the server must be answered within the time allowed for connecting. */
async function findMismatch(
  connection: Connection,
  { target, settings, hooks }: HostTrial,
  endpoint: Endpoint,
): Promise<TroubleError | undefined> {
  const deadline = new Deadline(settings.connectTimeoutS, (error) => connection.abandon(error));
  deadline.start();
  try {
    const mismatch = await sessionMismatch(connection, target);
    return mismatch === undefined ? undefined : new TroubleError(`${endpoint.failure}: ${mismatch}`);
  } catch (error) {
    hooks.signal?.throwIfAborted();
    return asTrouble(endpoint.failure, error as Error);
  } finally {
    deadline.stop();
  }
}

/** A single failure is thrown as it is; several are joined, one a line, as in libpq. */
function combine(failures: readonly TroubleError[]): TroubleError {
  const [first, ...others] = failures;
  if (first && others.length === 0) return first;
  const lines = failures.flatMap(({ message, detail, hint }) => [
    message,
    ...[detail, hint].filter((text) => text !== undefined).map((text) => `\t${text}`),
  ]);
  return new SeveralFailures(lines, { cause: failures.at(-1) });
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: randomInt(2 ** 47) }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}
