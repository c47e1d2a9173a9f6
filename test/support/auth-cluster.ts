/**
 * A cluster with a user for each authentication method, over its Unix socket and over 127.0.0.1, encrypted or not;
 * and a function that connects to it as bb does, without the home directory and environment of our own account.
 */

import { appendFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Passwords, type PromptMode } from '../../lib/libpq/auth/password.ts';
import { type ConnectHooks, connect } from '../../lib/libpq/connect/connect.ts';
import type { Connection } from '../../lib/libpq/connect/connection.ts';
import { resolveSettings } from '../../lib/libpq/conninfo/settings.ts';
import type { Certificates } from './auth-certificates.ts';
import { Cluster } from './cluster.ts';
import type { Server } from './servers.ts';

/** The password of every user that has one. */
export const PASSWORD = 'pass:wörd \\ 1';

const LINES = [
  'local replication u_trust trust',
  'local replication u_peer peer map=bb',
  'local replication u_scram scram-sha-256',
  'host replication u_trust 127.0.0.1/32 trust',
  'host replication u_password 127.0.0.1/32 password',
  'host replication u_md5 127.0.0.1/32 md5',
  'host replication u_scram 127.0.0.1/32 scram-sha-256',
];
const TLS_LINES = [
  'hostssl replication u_cert 127.0.0.1/32 cert',
  'hostssl replication u_tls 127.0.0.1/32 trust',
  'hostssl replication u_tls_scram 127.0.0.1/32 scram-sha-256',
  'hostnossl replication u_plain 127.0.0.1/32 trust',
];

/** Creates and starts the cluster. With certificates, it supports TLS. */
export async function startAuthCluster(server: Server, certificates?: Certificates): Promise<Cluster> {
  const cluster = await Cluster.create({
    server,
    tcp: true,
    hba: [...LINES, ...(certificates ? TLS_LINES : [])],
    settings: certificates
      ? {
          ssl: 'on',
          ssl_ca_file: certificates.authority,
          ssl_cert_file: certificates.serverCertificate,
          ssl_key_file: certificates.serverKey,
        }
      : {},
  });
  appendFileSync(join(cluster.dataDirectory, 'pg_ident.conf'), `bb ${userInfo().username} u_peer\n`);
  await cluster.start();
  await makeUsers(cluster);
  return cluster;
}

async function makeUsers(cluster: Cluster): Promise<void> {
  for (const user of ['u_trust', 'u_peer', 'u_cert', 'u_tls', 'u_plain', 'u_nobody']) {
    await cluster.query(`CREATE ROLE ${user} LOGIN REPLICATION`);
  }
  for (const user of ['u_password', 'u_md5', 'u_scram', 'u_tls_scram']) {
    const encryption = user === 'u_md5' ? 'md5' : 'scram-sha-256';
    await cluster.query(
      `SET password_encryption = '${encryption}'; CREATE ROLE ${user} LOGIN REPLICATION PASSWORD '${PASSWORD}'`,
    );
  }
}

/** How to connect. Only the connection string is required. */
export interface Visit {
  readonly conninfo: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly prompt?: PromptMode;
  /** What the user types at the prompt. Without it, a prompt is an error. */
  readonly typed?: string;
  readonly hooks?: Omit<ConnectHooks, 'passwords'>;
}

/** Connects as bb-stream would, for a user whose home directory does not exist unless `env` says otherwise. */
export async function visit({ conninfo, env, prompt, typed, hooks }: Visit): Promise<Visited> {
  const warnings: string[] = [];
  const settings = resolveSettings({ conninfo, programName: 'bb-stream' }, { HOME: '/nonexistent', ...env });
  let asked = 0;
  const ask = async (): Promise<string> => {
    asked += 1;
    if (typed === undefined) throw new Error('the user was asked for a password');
    return typed;
  };
  const passwords = new Passwords(settings, prompt ?? 'if-needed', {
    ask,
    warn: (message) => warnings.push(message),
  });
  try {
    return { connection: await connect(settings, { ...hooks, passwords }), warnings, asked };
  } catch (error) {
    return { error: error as Visited['error'] & Error, warnings, asked };
  }
}

/** The result: a connection, which the caller closes, or an error. */
export interface Visited {
  readonly connection?: Connection;
  readonly error?: Error & { readonly detail?: string; readonly hint?: string; readonly code?: string };
  readonly warnings: readonly string[];
  readonly asked: number;
}
