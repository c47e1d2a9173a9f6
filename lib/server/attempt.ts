/**
 * One attempt to connect: one endpoint, encrypted or not, up to the moment when the server is ready for
 * commands. A failure carries how far it reaches, which is what decides where to go on
 * (PQconnectPoll in libpq's fe-connect.c).
 */

import type { Socket } from 'node:net';
import pg from 'pg';
import type { Report } from '../backup/report.ts';
import { explainFailure } from './attempt-error.ts';
import { AuthenticationGuard } from './authentication.ts';
import { Connection } from './connection.ts';
import { Deadline } from './deadline.ts';
import type { Endpoint } from './endpoint.ts';
import type { HostSetting } from './hosts.ts';
import type { FoundPassword, Passwords } from './password.ts';
import { toReport } from './server-error.ts';
import type { ConnectionSettings } from './settings.ts';
import { type Encryption, prepareTls } from './tls.ts';
import { Wire, type WireOptions } from './wire.ts';

/** The kernel's own default, which libpq leaves as it is and Node.js wants to be told. */
const DEFAULT_KEEPALIVES_IDLE_S = 7200;

/** What the caller adds to the making of a connection. */
export interface ConnectHooks {
  readonly passwords: Passwords;
  /** Makes the socket, for a caller who wants to read it in a way of his own later. */
  readonly createSocket?: () => Socket;
  readonly onNotice?: (notice: Report) => void;
  /** Gives up, with the signal's reason, when it fires. */
  readonly signal?: AbortSignal;
}

/** Where, and whether encrypted. */
export interface AttemptPlan {
  readonly host: HostSetting;
  readonly endpoint: Endpoint;
  readonly encryption: Encryption;
}

/** Connects and authenticates. Throws AttemptError, or the signal's reason. */
export async function attempt(
  plan: AttemptPlan,
  settings: ConnectionSettings,
  hooks: ConnectHooks,
): Promise<Connection> {
  let wire: Wire | undefined;
  let found: FoundPassword | undefined;
  let question: Promise<FoundPassword> | undefined;
  const deadline = new Deadline(settings.connectTimeoutS, (error) => wire?.stream.destroy(error));
  const password = async (): Promise<string> => {
    // The time that a user takes to type does not count.
    question = deadline.suspend(() => hooks.passwords.find(plan.host));
    found = await question;
    question = undefined;
    return found.password;
  };
  const giveUp = (): unknown => wire?.stream.destroy(hooks.signal?.reason as Error);
  hooks.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    hooks.signal?.throwIfAborted();
    const options = wireOptions(plan, settings);
    const guard = new AuthenticationGuard(
      settings.channelBinding,
      settings.requireAuth,
      options.tls !== undefined,
    );
    wire = new Wire(options, guard, hooks.createSocket?.());
    const client = makeClient(plan, settings, wire, guard, password);
    if (hooks.onNotice) client.on('notice', (notice) => hooks.onNotice?.(toReport(notice)));
    deadline.start();
    await client.connect();
    return new Connection(client, wire, options);
  } catch (error) {
    wire?.stream.destroy();
    hooks.signal?.throwIfAborted();
    if (question && (await isAnswered(question))) return await attempt(plan, settings, hooks);
    throw explainFailure(plan, error as Error, { started: wire?.started ?? false, file: found?.file });
  } finally {
    deadline.stop();
    hooks.signal?.removeEventListener('abort', giveUp);
  }
}

function wireOptions(plan: AttemptPlan, settings: ConnectionSettings): WireOptions {
  return {
    endpoint: plan.endpoint,
    tls: plan.encryption === 'tls' ? prepareTls(settings.tls, plan.host) : undefined,
    keepAlive: settings.keepalives,
    keepAliveInitialDelayMillis: (settings.keepalivesIdleS || DEFAULT_KEEPALIVES_IDLE_S) * 1000,
    startup: {
      user: settings.user,
      // The server makes no use of it; it is sent as pg_basebackup sends it, for poolers and logs.
      database: 'replication',
      replication: 'true',
      ...(settings.options && { options: settings.options }),
      application_name: settings.applicationName,
    },
  };
}

function makeClient(
  { endpoint, encryption }: AttemptPlan,
  settings: ConnectionSettings,
  wire: Wire,
  guard: AuthenticationGuard,
  password: () => Promise<string>,
): pg.Client {
  const config: pg.ClientConfig & { connection: unknown; scramMaxIterations: number } = {
    connection: wire,
    host: endpoint.address,
    port: endpoint.port,
    user: settings.user,
    database: 'replication',
    password,
    ssl: encryption === 'tls',
    sslnegotiation: encryption === 'tls' ? settings.tls.negotiation : 'postgres',
    enableChannelBinding: guard.mayBind,
    // The server's administrator chose the number of iterations; libpq has no limit either.
    scramMaxIterations: 0,
  };
  return new pg.Client(config);
}

/**
 * Whether a question that is still open when its connection ends gets an answer. A server does not wait for
 * ever; the password that was typed meanwhile is good for another connection.
 */
async function isAnswered(question: Promise<FoundPassword>): Promise<boolean> {
  return await question.then(
    () => true,
    () => false,
  );
}
