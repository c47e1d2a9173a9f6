/**
 * The authentication table: each method, each sslmode and each place where a password may lie, against real
 * servers, right and wrong; what comes of it, and the message, to the letter.
 */

import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, KEY_PASSWORD, makeCertificates } from '../support/auth-certificates.ts';
import { PASSWORD, startAuthCluster, type Visit, type Visited, visit } from '../support/auth-cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { server, servers } from '../support/servers.ts';

/** A row: what is tried and what comes of it. Without an error, a connection, encrypted or not. */
interface Row {
  readonly name: string;
  /** Braces stand for what only the running test knows: {tcp}, {socket}, and the names of certificates. */
  readonly conninfo: string;
  readonly visit?: Omit<Visit, 'conninfo'>;
  readonly encrypted?: boolean;
  readonly error?: string;
  readonly hint?: string;
  readonly detail?: string;
  readonly asked?: number;
}

const GIVEN = `password='${PASSWORD.replaceAll('\\', '\\\\')}'`;
const AT_TCP = 'connection to server at "127.0.0.1", port {port} failed';
const AT_SOCKET = 'connection to server on socket "{socket}/.s.PGSQL.{port}" failed';

/** What the braces stand for. */
function fill(text: string, cluster: Cluster, files: object): string {
  const values: Record<string, string> = {
    ...(files as Record<string, string>),
    tcp: `host=localhost hostaddr=127.0.0.1 port=${cluster.port}`,
    socket: cluster.folder,
    port: String(cluster.port),
  };
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

async function checkRow(row: Row, cluster: Cluster, files: object): Promise<void> {
  const visited = await visit({ ...row.visit, conninfo: fill(row.conninfo, cluster, files) });
  try {
    checkOutcome(row, visited, (text) => fill(text, cluster, files));
    if (visited.connection) expect(await visited.connection.query('IDENTIFY_SYSTEM')).toHaveLength(1);
  } finally {
    await visited.connection?.close();
  }
}

function checkOutcome(
  row: Row,
  { connection, error, asked }: Visited,
  filled: (text: string) => string,
): void {
  if (row.error === undefined) {
    expect(error).toBeUndefined();
    expect(connection?.encrypted).toBe(row.encrypted ?? false);
  } else {
    expect(error?.message).toBe(filled(row.error));
    expect(error).toMatchObject({
      hint: row.hint && filled(row.hint),
      detail: row.detail && filled(row.detail),
    });
  }
  expect(asked).toBe(row.asked ?? 0);
}

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
    error: `${AT_SOCKET}: FATAL:  no pg_hba.conf entry for replication connection from host "[local]", user "u_nobody", no encryption`,
  },
  {
    name: 'a user that is somebody else',
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

const WITH_TLS: readonly Row[] = [
  { name: 'disable', conninfo: '{tcp} user=u_trust sslmode=disable' },
  { name: 'allow takes a plain connection', conninfo: '{tcp} user=u_trust sslmode=allow' },
  { name: 'allow goes on to TLS', conninfo: '{tcp} user=u_tls sslmode=allow', encrypted: true },
  { name: 'prefer takes TLS', conninfo: '{tcp} user=u_trust sslmode=prefer', encrypted: true },
  { name: 'prefer goes on without TLS', conninfo: '{tcp} user=u_plain sslmode=prefer' },
  { name: 'require', conninfo: '{tcp} user=u_trust sslmode=require', encrypted: true },
  {
    name: 'require with an authority verifies it',
    conninfo: '{tcp} user=u_trust sslmode=require sslrootcert={otherAuthority}',
    error: `${AT_TCP}: SSL error: certificate verify failed: self-signed certificate in certificate chain`,
  },
  {
    name: 'prefer with the wrong authority goes on without TLS, as in libpq',
    conninfo: '{tcp} user=u_trust sslmode=prefer sslrootcert={otherAuthority}',
  },
  {
    name: 'verify-ca with the right authority, whatever the host name',
    conninfo: 'host=127.0.0.1 port={port} user=u_trust sslmode=verify-ca sslrootcert={authority}',
    encrypted: true,
  },
  {
    name: 'verify-ca with the wrong authority',
    conninfo: '{tcp} user=u_trust sslmode=verify-ca sslrootcert={otherAuthority}',
    error: `${AT_TCP}: SSL error: certificate verify failed: self-signed certificate in certificate chain`,
  },
  {
    name: 'verify-full with the right name',
    conninfo: '{tcp} user=u_trust sslmode=verify-full sslrootcert={authority}',
    encrypted: true,
  },
  {
    name: 'verify-full without server name indication',
    conninfo: '{tcp} user=u_trust sslmode=verify-full sslrootcert={authority} sslsni=0',
    encrypted: true,
  },
  {
    name: 'verify-full with the wrong name',
    conninfo: 'host=127.0.0.1 port={port} user=u_trust sslmode=verify-full sslrootcert={authority}',
    error: `${AT_TCP}: server certificate for "localhost" (and 1 other name) does not match host name "127.0.0.1"`,
  },
  {
    name: 'verify-full without a name',
    conninfo: 'hostaddr=127.0.0.1 port={port} user=u_trust sslmode=verify-full sslrootcert={authority}',
    error: `${AT_TCP}: host name must be specified for a verified SSL connection`,
  },
  {
    name: 'verify-full without an authority',
    conninfo: '{tcp} user=u_trust sslmode=verify-full',
    error: `${AT_TCP}: root certificate file "/nonexistent/.postgresql/root.crt" does not exist`,
    hint: "Either provide the file, use the system's trusted roots with sslrootcert=system, or change sslmode to disable server certificate verification.",
  },
  {
    name: 'the authorities of the system',
    conninfo: '{tcp} user=u_trust sslrootcert=system',
    error: `${AT_TCP}: SSL error: certificate verify failed: self-signed certificate in certificate chain`,
  },
  {
    name: 'an authority that is none',
    conninfo: '{tcp} user=u_trust sslmode=verify-ca sslrootcert={clientKey}',
    error: `${AT_TCP}: could not read root certificate file "{clientKey}": no certificate or crl found`,
  },
  {
    name: 'a list of revoked certificates that is empty',
    conninfo: '{tcp} user=u_trust sslmode=verify-ca sslrootcert={authority} sslcrl={emptyRevocations}',
    encrypted: true,
  },
  {
    name: 'a server whose certificate was revoked',
    conninfo: '{tcp} user=u_trust sslmode=verify-ca sslrootcert={authority} sslcrl={serverRevoked}',
    error: `${AT_TCP}: SSL error: certificate verify failed: certificate revoked`,
  },
  {
    name: 'a list of revoked certificates that is not there',
    conninfo: '{tcp} user=u_trust sslmode=verify-ca sslrootcert={authority} sslcrl=/nosuch',
    error: `${AT_TCP}: could not read certificate revocation list file "/nosuch": No such file or directory`,
  },
  {
    name: 'a protocol range that suits the server',
    conninfo: '{tcp} user=u_trust sslmode=require ssl_max_protocol_version=TLSv1.2',
    encrypted: true,
  },
  {
    name: 'a user who may not come encrypted',
    conninfo: '{tcp} user=u_plain sslmode=require',
    error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_plain", SSL encryption`,
  },
  {
    name: 'a user who must come encrypted',
    conninfo: '{tcp} user=u_tls sslmode=disable',
    error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_tls", no encryption`,
  },
  {
    name: 'a user who may come neither way is told of both',
    conninfo: '{tcp} user=u_nobody sslmode=prefer',
    error: [
      `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", SSL encryption`,
      `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", no encryption`,
    ].join('\n'),
  },
];

const CHANNEL_BINDING: readonly Row[] = [
  ...['disable', 'prefer', 'require'].map((binding) => ({
    name: `SCRAM with channel_binding=${binding}`,
    conninfo: `{tcp} user=u_tls_scram sslmode=require channel_binding=${binding} ${GIVEN}`,
    encrypted: true,
  })),
  {
    name: 'SCRAM with channel binding and a certificate that is verified',
    conninfo: `{tcp} user=u_tls_scram sslmode=verify-full sslrootcert={authority} channel_binding=require ${GIVEN}`,
    encrypted: true,
  },
  {
    name: 'channel binding required of a server that asks for a hash',
    conninfo: `{tcp} user=u_md5 sslmode=require channel_binding=require ${GIVEN}`,
    error: `${AT_TCP}: channel binding required but not supported by server's authentication request`,
  },
  {
    name: 'channel binding required of a server that asks nothing',
    conninfo: '{tcp} user=u_tls sslmode=require channel_binding=require',
    error: `${AT_TCP}: channel binding required, but server authenticated client without channel binding`,
  },
  {
    name: 'SCRAM over TLS with the wrong password',
    conninfo: '{tcp} user=u_tls_scram sslmode=require password=wrong',
    error: `${AT_TCP}: FATAL:  password authentication failed for user "u_tls_scram"`,
  },
];

const OWN_CERTIFICATE = '{tcp} user=u_cert sslmode=require sslcert={clientCertificate}';

const CLIENT_CERTIFICATES: readonly Row[] = [
  { name: 'the right one', conninfo: `${OWN_CERTIFICATE} sslkey={clientKey}`, encrypted: true },
  {
    name: 'a key behind a password',
    conninfo: `${OWN_CERTIFICATE} sslkey={lockedKey} sslpassword='${KEY_PASSWORD}'`,
    encrypted: true,
  },
  {
    name: 'a key behind another password',
    conninfo: `${OWN_CERTIFICATE} sslkey={lockedKey} sslpassword=wrong`,
    error: `${AT_TCP}: could not load private key file "{lockedKey}": bad decrypt`,
  },
  {
    name: 'a key that is not there',
    conninfo: `${OWN_CERTIFICATE} sslkey=/nosuch`,
    error: `${AT_TCP}: certificate present, but not private key file "/nosuch"`,
  },
  {
    name: 'a key that is a folder',
    conninfo: `${OWN_CERTIFICATE} sslkey=/`,
    error: `${AT_TCP}: private key file "/" is not a regular file`,
  },
  {
    name: 'a key that everybody may read',
    conninfo: `${OWN_CERTIFICATE} sslkey={openKey}`,
    error: `${AT_TCP}: private key file "{openKey}" has group or world access; file must have permissions u=rw (0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root`,
  },
  {
    name: 'a key for another certificate',
    conninfo: `${OWN_CERTIFICATE} sslkey={foreignKey}`,
    error: `${AT_TCP}: certificate does not match private key file "{foreignKey}": key values mismatch`,
  },
  {
    name: 'a certificate that is not there is not shown',
    conninfo: '{tcp} user=u_cert sslmode=require sslcert=/nosuch sslkey={clientKey}',
    error: `${AT_TCP}: FATAL:  connection requires a valid client certificate`,
  },
  {
    name: 'a certificate that is not to be shown',
    conninfo: `${OWN_CERTIFICATE} sslkey={clientKey} sslcertmode=disable`,
    error: `${AT_TCP}: FATAL:  connection requires a valid client certificate`,
  },
];

describe.each(servers())('PostgreSQL $version', (version) => {
  const folder = temporaryFolder();
  let files: Certificates;
  let cluster: Cluster;

  beforeAll(async () => {
    files = makeCertificates(folder);
    cluster = await startAuthCluster(version, files);
  });

  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  const check = (row: Row): Promise<void> => checkRow(row, cluster, files);

  describe('methods', () => it.each(METHODS)('$name', check));
  describe('sslmode', () => it.each(WITH_TLS)('$name', check));
  describe('channel binding', () => it.each(CHANNEL_BINDING)('$name', check));
  describe('client certificates', () => it.each(CLIENT_CERTIFICATES)('$name', check));

  it('begins with TLS at once where the server can', async () => {
    const error = `${AT_TCP}: server closed the connection unexpectedly`;
    const row = { name: '', conninfo: '{tcp} user=u_trust sslmode=require sslnegotiation=direct' };
    const detail =
      'This probably means the server terminated abnormally before or while processing the request.';
    await check(version.major >= 17 ? { ...row, encrypted: true } : { ...row, error, detail });
  });

  it("finds libpq's default files", async () => {
    const home = temporaryFolder();
    const defaults = join(home, '.postgresql');
    mkdirSync(defaults);
    symlinkSync(files.authority, join(defaults, 'root.crt'));
    symlinkSync(files.clientCertificate, join(defaults, 'postgresql.crt'));
    symlinkSync(files.clientKey, join(defaults, 'postgresql.key'));
    const conninfo = '{tcp} user=u_cert sslmode=verify-full';
    await check({ name: '', conninfo, visit: { env: { HOME: home } }, encrypted: true });
    symlinkSync(files.serverRevoked, join(defaults, 'root.crl'));
    const error = `${AT_TCP}: SSL error: certificate verify failed: certificate revoked`;
    await check({ name: '', conninfo, visit: { env: { HOME: home } }, error });
    removeFolder(home);
  });
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
      error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", no encryption`,
    },
    {
      name: 'require does not',
      conninfo: '{tcp} user=u_trust sslmode=require',
      error: `${AT_TCP}: server does not support SSL, but SSL was required`,
    },
  ])('a server without TLS: $name', (row) => checkRow(row, cluster, {}));
});
