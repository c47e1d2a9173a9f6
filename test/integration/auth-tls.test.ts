/**
 * The table of TLS with real servers: each sslmode, certificates of server and client, channel binding, right and
 * wrong.
 */

import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Certificates, KEY_PASSWORD, makeCertificates } from '../support/auth-certificates.ts';
import { startAuthCluster } from '../support/auth-cluster.ts';
import { AT_TCP, checkRow, GIVEN, type Row } from '../support/auth-table.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { servers } from '../support/servers.ts';

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
    error: `${AT_TCP}: server certificate for "localhost" (and 2 other names) does not match host name "127.0.0.1"`,
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
    error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_plain", {encrypted}`,
  },
  {
    name: 'a user who must come encrypted',
    conninfo: '{tcp} user=u_tls sslmode=disable',
    error: `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_tls", {plain}`,
  },
  {
    name: 'a user who may come neither way is told of both',
    conninfo: '{tcp} user=u_nobody sslmode=prefer',
    error: [
      `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", {encrypted}`,
      `${AT_TCP}: FATAL:  no pg_hba.conf entry for replication connection from host "127.0.0.1", user "u_nobody", {plain}`,
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
