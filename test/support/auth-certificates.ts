/**
 * Certificates for the tests of TLS, made by the `openssl` command in a directory: two authorities, a server's
 * certificate for "localhost", a client's for the user "u_cert", and lists of revoked certificates.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveToServer } from './account.ts';

/** The configuration that `openssl ca` needs to revoke; the rest is on the command line. */
const CA_CONFIGURATION = `
[ca]
default_ca = test_ca
[test_ca]
database = index.txt
default_md = sha256
default_crl_days = 10
`;

/** The password of the key client-locked.key. */
export const KEY_PASSWORD = 'open sesame';

/** The paths of the files. */
export interface Certificates {
  readonly authority: string;
  readonly otherAuthority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** The same key, encrypted with KEY_PASSWORD. */
  readonly lockedKey: string;
  /** The same key, readable by everybody. */
  readonly openKey: string;
  readonly foreignKey: string;
  readonly emptyRevocations: string;
  readonly serverRevoked: string;
}

/** Creates all files, in a directory that servers may read. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: string[]): void => runOpenssl(folder, args);
  for (const name of ['ca', 'other-ca']) makeAuthority(openssl, name);
  makeCertificate(folder, openssl, 'server', 'localhost', 'subjectAltName=DNS:localhost,DNS:db.test');
  makeCertificate(folder, openssl, 'client', 'u_cert', 'extendedKeyUsage=clientAuth');
  openssl('ec', '-in', 'client.key', '-out', 'locked.key', '-aes128', '-passout', `pass:${KEY_PASSWORD}`);
  makeRevocations(folder, openssl);

  const path = (name: string): string => join(folder, name);
  copyFileSync(path('client.key'), path('open.key'));
  chmodSync(path('open.key'), 0o644);
  for (const name of ['client.key', 'locked.key', 'server.key']) chmodSync(path(name), 0o600);
  giveToServer(path('server.key'));
  return {
    authority: path('ca.crt'),
    otherAuthority: path('other-ca.crt'),
    serverCertificate: path('server.crt'),
    serverKey: path('server.key'),
    clientCertificate: path('client.crt'),
    clientKey: path('client.key'),
    lockedKey: path('locked.key'),
    openKey: path('open.key'),
    foreignKey: path('other-ca.key'),
    emptyRevocations: path('empty.crl'),
    serverRevoked: path('revoked.crl'),
  };
}

/**
 * Creates another certificate for the key of the server, signed by the same authority, and returns its path. Without
 * alternative names, it has only the common name.
 */
export function makeNamedCertificate(
  folder: string,
  name: string,
  commonName: string,
  alternatives?: string,
): string {
  const openssl = (...args: string[]): void => runOpenssl(folder, args);
  openssl('req', '-new', '-key', 'server.key', '-out', `${name}.csr`, '-subj', `/CN=${commonName}`);
  sign(folder, openssl, name, alternatives === undefined ? '' : `subjectAltName=${alternatives}`);
  return join(folder, `${name}.crt`);
}

type Openssl = (...args: string[]) => void;

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

function makeAuthority(openssl: Openssl, name: string): void {
  const output = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
  openssl('req', '-x509', ...NEW_KEY, ...output, '-subj', `/CN=bb test ${name}`, '-days', '10');
}

function makeCertificate(
  folder: string,
  openssl: Openssl,
  name: string,
  commonName: string,
  extension: string,
): void {
  openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`);
  sign(folder, openssl, name, extension);
}

function sign(folder: string, openssl: Openssl, name: string, extension: string): void {
  writeFileSync(join(folder, `${name}.ext`), `${extension}\n`);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  const output = ['-out', `${name}.crt`, '-days', '10', '-extfile', `${name}.ext`];
  openssl('x509', '-req', '-in', `${name}.csr`, ...authority, ...output);
}

function makeRevocations(folder: string, openssl: Openssl): void {
  writeFileSync(join(folder, 'ca.cnf'), CA_CONFIGURATION);
  writeFileSync(join(folder, 'index.txt'), '');
  const authority = ['-config', 'ca.cnf', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
  openssl('ca', ...authority, '-gencrl', '-out', 'empty.crl');
  openssl('ca', ...authority, '-revoke', 'server.crt');
  openssl('ca', ...authority, '-gencrl', '-out', 'revoked.crl');
}

function runOpenssl(folder: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}\n${stderr}`);
}
