/**
 * One attempt to connect: one endpoint, encrypted or not, up to the moment when the server is ready for commands. A
 * failure says what is left to try, which decides where to go on (PQconnectPoll in libpq's fe-connect.c).
 */

import type pg from 'pg';
import { TroubleError } from '../../errors/trouble.ts';
import type { Report } from '../../stream/server-report.ts';
import { AuthenticationGuard } from '../auth/authentication.ts';
import type { Passwords } from '../auth/password.ts';
import { ScramClient } from '../auth/scram-client.ts';
import type { ConnectionSettings } from '../conninfo/settings.ts';
import { prepareTls, type TlsConnect } from '../tls/tls.ts';
import { explainFailure } from './attempt-error.ts';
import type { AttemptPlan } from './attempt-plan.ts';
import { Connection } from './connection.ts';
import { Deadline } from './deadline.ts';
import { PasswordQuestion } from './password-question.ts';
import { toReport } from './server-error.ts';
import { type MakeSocket, Wire, type WireOptions } from './wire.ts';

/** The kernel's default. libpq does not set it; Node.js needs a value. */
const DEFAULT_KEEPALIVES_IDLE_S = 7200;

/** What a caller can add to the making of a connection. */
export interface ConnectHooks {
  readonly passwords: Passwords;
  /** Makes the socket, for a caller that later reads it in its own way. */
  readonly createSocket?: MakeSocket;
  readonly onNotice?: (notice: Report) => void;
  /** Open a session in this database, for queries, instead of one for physical replication. */
  readonly database?: string;
  /** Gives up, with the signal's reason, when it fires: connecting, and waiting for answers afterwards. */
  readonly signal?: AbortSignal;
}

/**
 * Connects and authenticates; a second time, if `mayRepeat`, when the server did not wait for the password to be typed
 * in. Throws AttemptError, or the signal's reason.
 */
export async function attempt(
  plan: AttemptPlan,
  settings: ConnectionSettings,
  hooks: ConnectHooks,
  mayRepeat = true,
): Promise<Connection> {
  const { signal } = hooks;
  signal?.throwIfAborted();
  const options = wireOptions(plan, settings, hooks.database);
  const { channelBinding, requireAuth } = settings;
  const guard = new AuthenticationGuard(channelBinding, requireAuth, options.tls !== undefined);
  const wire = new Wire(options, guard, hooks.createSocket);
  const deadline = new Deadline(settings.connectTimeoutS, (error) => wire.stream.destroy(error));
  const question = new PasswordQuestion(plan.host, hooks.passwords, deadline);
  const client = makeClient(plan, settings, wire, guard, question);
  if (hooks.onNotice) client.on('notice', (notice) => hooks.onNotice?.(toReport(notice)));
  const giveUp = (): unknown => wire.stream.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    deadline.start();
    await client.connect();
    return new Connection(client, wire, options, signal);
  } catch (error) {
    wire.stream.destroy();
    signal?.throwIfAborted();
    const isNonsense = error instanceof TroubleError;
    if (!isNonsense && mayRepeat && (await question.isAnsweredLate())) {
      return await attempt(plan, settings, hooks, false);
    }
    throw explainFailure(plan, error as Error, { started: wire.started, file: question.file });
  } finally {
    deadline.stop();
    signal?.removeEventListener('abort', giveUp);
  }
}

function wireOptions(
  plan: AttemptPlan,
  settings: ConnectionSettings,
  database: string | undefined,
): WireOptions {
  return {
    endpoint: plan.endpoint,
    tls: plan.encryption === 'tls' ? tryPrepareTls(plan, settings) : undefined,
    keepAlive: settings.keepalives,
    keepAliveInitialDelayMillis: (settings.keepalivesIdleS || DEFAULT_KEEPALIVES_IDLE_S) * 1000,
    tcp: {
      TCP_KEEPINTVL: settings.keepalives ? settings.keepalivesIntervalS : 0,
      TCP_KEEPCNT: settings.keepalives ? settings.keepalivesCount : 0,
      TCP_USER_TIMEOUT: settings.tcpUserTimeoutMs,
    },
    startup: {
      user: settings.user,
      // The server makes no use of "replication"; it is sent as pg_basebackup sends it, for poolers and logs.
      ...(database === undefined ? { database: 'replication', replication: 'true' } : { database }),
      ...(settings.options && { options: settings.options }),
      application_name: settings.applicationName,
    },
  };
}

/** A wrong certificate file counts as a failed handshake. */
function tryPrepareTls(plan: AttemptPlan, settings: ConnectionSettings): TlsConnect {
  try {
    return prepareTls(settings.tls, plan.host);
  } catch (error) {
    throw explainFailure(plan, error as Error, { started: false, file: undefined });
  }
}

function makeClient(
  { endpoint, encryption }: AttemptPlan,
  settings: ConnectionSettings,
  wire: Wire,
  guard: AuthenticationGuard,
  question: PasswordQuestion,
): pg.Client {
  const config: pg.ClientConfig & { connection: unknown; scramMaxIterations: number } = {
    connection: wire,
    host: endpoint.address,
    port: endpoint.port,
    user: settings.user,
    database: 'replication',
    password: () => question.ask(),
    ssl: encryption === 'tls',
    sslnegotiation: encryption === 'tls' ? settings.tls.negotiation : 'postgres',
    enableChannelBinding: guard.mayBind,
    // The guard has a limit, and says it in our words.
    scramMaxIterations: 0,
  };
  return new ScramClient(config);
}
