/**
 * The table of names in certificates: which of them sslmode=verify-full accepts for a host, with a real server that
 * gets one certificate after the other. libpq, as psql if it is installed, must give the same answer.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates, makeNamedCertificate } from '../support/auth-certificates.ts';
import { startAuthCluster, visit } from '../support/auth-cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { run } from '../support/run.ts';
import { clientTool, server } from '../support/servers.ts';
import { untilTrue } from '../support/wait.ts';

/** The host, the common name, the alternative names, and whether they match. */
const NAMES: readonly [host: string, common: string, alternatives: string | undefined, good: boolean][] = [
  ['db.example.test', 'db.example.test', undefined, true],
  ['DB.Example.test', 'db.example.test', undefined, true],
  ['db.example.test', '*.example.test', undefined, true],
  ['db.example.test', 'other', 'DNS:db.example.test', true],
  ['db.example.test', 'db.example.test', 'DNS:other', false],
  ['db.example.test', 'x', 'DNS:*.example.test', true],
  ['db.example.test', 'x', 'DNS:d*.example.test', false],
  ['db.example.test', 'x', 'DNS:*b.example.test', false],
  ['db.example.test', 'x', 'DNS:db.*.test', false],
  ['db.example.test', 'x', 'DNS:*.test', false],
  ['a.db.example.test', 'x', 'DNS:*.example.test', false],
  ['example.test', 'x', 'DNS:*.example.test', false],
  ['db.test', 'x', 'DNS:*.test', true],
  ['db.test', 'x', 'DNS:*', false],
  ['127.0.0.1', 'x', 'IP:127.0.0.1', true],
  ['127.0.0.1', 'x', 'DNS:127.0.0.1', true],
  ['127.0.0.1', '127.0.0.1', 'DNS:other', true],
  ['127.0.0.1', '127.0.0.1', 'IP:127.0.0.2', false],
  ['db.test', 'db.test', 'IP:127.0.0.1', true],
];

const psql = clientTool('psql');

/** The complaint of libpq; empty if it connects. */
async function askPsql(program: string, conninfo: string): Promise<string> {
  const { stderr } = await run(program, [`${conninfo} replication=true`, '-c', 'IDENTIFY_SYSTEM']);
  return stderr;
}

/** The complaint about the certificate in a message. */
function complaintIn(text: string | undefined): string | undefined {
  return /server certificate for .*/.exec(text ?? '')?.[0];
}

describe('sslmode=verify-full', () => {
  const folder = temporaryFolder();
  let files: Certificates;
  let cluster: Cluster;
  let made = 0;

  beforeAll(async () => {
    files = makeCertificates(folder);
    cluster = await startAuthCluster(server(), files);
  });

  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  /** Gives the server another certificate, and waits until the server uses it. */
  async function change(common: string, alternatives: string | undefined): Promise<void> {
    const file = makeNamedCertificate(folder, `named-${made++}`, common, alternatives);
    await cluster.query(`ALTER SYSTEM SET ssl_cert_file = '${file}'`);
    await cluster.query('SELECT pg_reload_conf()');
    const shown = async () => (await cluster.query('SHOW ssl_cert_file'))[0]?.[0] === file;
    await untilTrue('the certificate is another one', shown);
  }

  it.each(NAMES)(
    'for %s, of a certificate with CN=%s and %s: %s',
    async (host, common, alternatives, good) => {
      await change(common, alternatives);
      const at = `host=${host} hostaddr=127.0.0.1 port=${cluster.port} user=u_trust`;
      const conninfo = `${at} sslmode=verify-full sslrootcert=${files.authority}`;
      const { connection, error } = await visit({ conninfo });
      await connection?.close();
      if (good) expect(error).toBeUndefined();
      else expect(error?.message).toMatch(new RegExp(`does not match host name "${host}"$`));
      if (psql !== undefined)
        expect(complaintIn(error?.message)).toBe(complaintIn(await askPsql(psql, conninfo)));
    },
  );
});
