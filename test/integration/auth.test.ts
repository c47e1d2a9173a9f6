/**
 * The authentication table with real servers: each method, right and wrong, and each source of a password.
 */

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startAuthCluster, visit } from '../support/auth-cluster.ts';
import { AT_SOCKET, AT_TCP, checkRow, fill, GIVEN, type Row } from '../support/auth-table.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { server, servers } from '../support/servers.ts';

const METHODS: readonly Row[] = [
  { name: 'trust over the socket', conninfo: 'host={socket} port={port} user=u_trust' },
  { name: 'trust over TCP', conninfo: '{tcp} user=u_trust sslmode=disable' },
  { name: 'peer', conninfo: 'host={socket} port={port} user=u_peer' },
  { name: 'password', conninfo: `{tcp} user=u_password sslmode=disable ${GIVEN}` },
  { name: 'md5', conninfo: `{tcp} user=u_md5 sslmode=disable ${GIVEN}` },
  { name: 'SCRAM', conninfo: `{tcp} user=u_scram sslmode=disable ${GIVEN}` },
  { name: 'SCRAM over the socket', conninfo: `host={socket} port={port} user=u_scram ${GIVEN}` },
  {
    name: 'a socket is never encrypted, as in libpq',
    conninfo: 'host={socket} port={port} user=u_trust sslmode=verify-full',
  },
  {
    name: 'a kind of replication that is overridden',
    conninfo: 'host={socket} port={port} user=u_trust dbname=postgres replication=database',
  },
  { name: 'a URI', conninfo: 'postgresql://u_trust@127.0.0.1:{port}/anything?sslmode=disable' },
  ...['u_password', 'u_md5', 'u_scram'].flatMap((user): Row[] => [
    {
      name: `${user} with the wrong password`,
      conninfo: `{tcp} user=${user} sslmode=disable password=wrong`,
      error: `${AT_TCP}: FATAL:  password authentication failed for user "${user}"`,
    },
    {
      name: `${user} without a password that nobody may be asked for`,
      conninfo: `{tcp} user=${user} sslmode=disable`,
      visit: { prompt: 'never' },
      error: `${AT_TCP}: fe_sendauth: no password supplied`,
    },
    {
      name: `${user} with a password that is asked for`,
      conninfo: `{tcp} user=${user} sslmode=disable`,
      visit: { typed: PASSWORD },
      asked: 1,
    },
  ]),
  {
    name: 'a password asked for on demand although none is needed',
    conninfo: 'host={socket} port={port} user=u_trust',
    visit: { prompt: 'always', typed: 'unused' },
    asked: 1,
  },
  {
    name: 'a user that the server does not let in',
    conninfo: 'host={socket} port={port} user=u_nobody',
    error: `${AT_SOCKET}: FATAL:  no pg_hba.conf entry for replication connection from host "[local]", user "u_nobody", {plain}`,
  },
  {
    name: 'server options that the server does not take',
    conninfo: 'host={socket} port={port} user=u_peer options=-cbroken',
    error: `${AT_SOCKET}: FATAL:  -c broken requires a value`,
  },
  {
    name: 'an allowed method',
    conninfo: `{tcp} user=u_scram sslmode=disable require_auth=scram-sha-256 ${GIVEN}`,
  },
  {
    name: 'a method that require_auth excludes gets no password',
    conninfo: `{tcp} user=u_password sslmode=disable require_auth=scram-sha-256,md5 ${GIVEN}`,
    error: `${AT_TCP}: authentication method requirement "scram-sha-256,md5" failed: server requested a cleartext password`,
  },
  {
    name: 'being let in unasked where require_auth excludes it',
    conninfo: '{tcp} user=u_trust sslmode=disable require_auth=!none',
    error: `${AT_TCP}: authentication method requirement "!none" failed: server did not complete authentication`,
  },
  {
    name: 'channel binding required without TLS',
    conninfo: `{tcp} user=u_scram sslmode=disable channel_binding=require ${GIVEN}`,
    error: `${AT_TCP}: channel binding required, but SSL not in use`,
  },
];

describe.each(servers())('PostgreSQL $version', (version) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startAuthCluster(version);
  });

  afterAll(() => cluster?.dispose());

  it.each(METHODS)('$name', (row) => checkRow(row, cluster, {}));
});

describe('places for passwords and parameters', () => {
  const home = temporaryFolder();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startAuthCluster(server());
    const escaped = PASSWORD.replaceAll(/[\\:]/g, '\\$&');
    const line = `localhost:${cluster.port}:replication:u_scram:${escaped}\n`;
    writeFileSync(join(home, '.pgpass'), line, { mode: 0o600 });
    writeFileSync(join(home, 'open'), line, { mode: 0o644 });
    writeFileSync(join(home, 'wrong'), '*:*:*:*:wrong\n', { mode: 0o600 });
    appendFileSync(
      join(home, '.pg_service.conf'),
      `[here]\nhost=localhost\nhostaddr=127.0.0.1\nport=${cluster.port}\nuser=u_scram\n`,
    );
  });

  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(home);
  });

  it.each<Row>([
    { name: '~/.pgpass', conninfo: '{tcp} user=u_scram' },
    { name: 'a service', conninfo: 'service=here' },
    { name: 'PGPASSWORD', conninfo: '{tcp} user=u_md5', visit: { env: { PGPASSWORD: PASSWORD } } },
    {
      name: 'a password file that everybody may read',
      conninfo: `{tcp} user=u_scram passfile=${join(home, 'open')}`,
      visit: { prompt: 'never' },
      error: `${AT_TCP}: fe_sendauth: no password supplied`,
    },
    {
      name: 'a password file with the wrong password',
      conninfo: `{tcp} user=u_scram passfile=${join(home, 'wrong')}`,
      error: `${AT_TCP}: FATAL:  password authentication failed for user "u_scram"`,
      detail: `password retrieved from file "${join(home, 'wrong')}"`,
    },
  ])('$name', async (row) => {
    await checkRow({ ...row, visit: { ...row.visit, env: { HOME: home, ...row.visit?.env } } }, cluster, {});
  });

  it('warns of a password file that everybody may read', async () => {
    const file = join(home, 'open');
    const { warnings } = await visit({
      conninfo: fill(`{tcp} user=u_scram passfile=${file}`, cluster, {}),
      prompt: 'never',
    });
    expect(warnings).toEqual([
      `password file "${file}" has group or world access; permissions should be u=rw (0600) or less`,
    ]);
  });

  it.each<Row>([
    { name: 'prefer does without', conninfo: '{tcp} user=u_trust sslmode=prefer' },
    { name: 'allow does without', conninfo: '{tcp} user=u_trust sslmode=allow' },
    {
      name: 'allow tells why it was refused in the clear',
      conninfo: '{tcp} user=u_nobody sslmode=allow',
      error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", {plain}`,
    },
    {
      name: 'require does not',
      conninfo: '{tcp} user=u_trust sslmode=require',
      error: `${AT_TCP}: server does not support SSL, but SSL was required`,
    },
  ])('a server without TLS: $name', (row) => checkRow(row, cluster, {}));
});
