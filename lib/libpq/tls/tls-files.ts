/**
 * The files of TLS: authorities to believe, certificates they revoked, our own certificate and its key.
 *
 * Comes in: settings that name them. Goes out: their contents, each tried out on its own so that a complaint
 * can name the file. Which of them may be missing, who may read the key, and the wording are initialize_SSL in
 * libpq's fe-secure-openssl.c; only a revocation list that the user named and that is not there is an error
 * here, where libpq goes on without it.
 */

import { existsSync, readFileSync, type Stats, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import type { TlsFile, TlsSettings } from '../conninfo/tls-settings.ts';
import { tlsReason } from './tls-failure.ts';

/** Access by group or others, and what of it is allowed when root owns the key for a group to read. */
const OTHERS_ACCESS = 0o077;
const OTHERS_ACCESS_TO_ROOTS_FILE = 0o037;

const CERTIFICATE = /^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/m;

/** Loaded certificates and keys. */
export interface Credentials {
  readonly options: SecureContextOptions;
  /** Whether the server's certificate is to be checked against the authorities. */
  readonly verifies: boolean;
}

/** Loads what the settings name. Throws TroubleError. */
export function loadCredentials(settings: TlsSettings): Credentials {
  const authorities = loadAuthorities(settings);
  return {
    options: { ...authorities, ...(settings.certificate && loadCertificate(settings.certificate, settings)) },
    verifies: authorities !== undefined,
  };
}

function loadAuthorities(settings: TlsSettings): SecureContextOptions | undefined {
  const { rootCertificate, revocationList } = settings;
  if (rootCertificate === 'system') return loadRevocations(revocationList);
  if (rootCertificate === undefined || !existsSync(rootCertificate.path)) {
    if (!settings.mode.startsWith('verify')) return undefined;
    const complaint =
      rootCertificate === undefined
        ? 'could not get home directory to locate root certificate file'
        : `root certificate file "${rootCertificate.path}" does not exist`;
    throw new TroubleError(complaint, {
      hint:
        "Either provide the file, use the system's trusted roots with sslrootcert=system," +
        ' or change sslmode to disable server certificate verification.',
    });
  }
  const complaint = 'could not read root certificate file';
  const ca = readPem(complaint, rootCertificate.path, (pem) => ({ ca: pem }));
  // Node.js takes a file without a certificate for an empty list of authorities, and says nothing.
  if (!CERTIFICATE.test(ca.toString('latin1'))) {
    throw new TroubleError(`${complaint} "${rootCertificate.path}": no certificate or crl found`);
  }
  return { ca, ...loadRevocations(revocationList) };
}

function loadRevocations(file: TlsFile | undefined): SecureContextOptions {
  if (file === undefined || (file.isDefault && !existsSync(file.path))) return {};
  const crl = readPem('could not read certificate revocation list file', file.path, (pem) => ({ crl: pem }));
  return { crl };
}

/** Our certificate. A file that is not there means that we have none; the server may do without. */
function loadCertificate({ path }: TlsFile, settings: TlsSettings): SecureContextOptions {
  if (!statOrMissing(path, 'could not open certificate file')) return {};
  const cert = readPem('could not read certificate file', path, (pem) => ({ cert: pem }));
  const passphrase = settings.keyPassword === undefined ? {} : { passphrase: settings.keyPassword };
  if (!settings.key) throw new TroubleError('could not get home directory to locate private key file');
  const keyPath = settings.key.path;
  checkKeyAccess(keyPath);
  const key = readPem('could not load private key file', keyPath, (pem) => ({ key: pem, ...passphrase }));
  tryOut('certificate does not match private key file', keyPath, { cert, key, ...passphrase });
  return { cert, key, ...passphrase };
}

function checkKeyAccess(path: string): void {
  const stats = statOrMissing(path, 'could not stat private key file');
  if (!stats) throw new TroubleError(`certificate present, but not private key file "${path}"`);
  if (!stats.isFile()) throw new TroubleError(`private key file "${path}" is not a regular file`);
  if (stats.mode & (stats.uid === 0 ? OTHERS_ACCESS_TO_ROOTS_FILE : OTHERS_ACCESS)) {
    throw new TroubleError(
      `private key file "${path}" has group or world access; file must have permissions u=rw (0600) or less` +
        ' if owned by the current user, or permissions u=rw,g=r (0640) or less if owned by root',
    );
  }
}

function statOrMissing(path: string, complaint: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TroubleError(`${complaint} "${path}": ${systemErrorText(error)}`, { cause: error });
  }
}

function readPem(complaint: string, path: string, use: (pem: Buffer) => SecureContextOptions): Buffer {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    throw new TroubleError(`${complaint} "${path}": ${systemErrorText(error)}`, { cause: error });
  }
  tryOut(complaint, path, use(pem));
  return pem;
}

function tryOut(complaint: string, path: string, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new TroubleError(`${complaint} "${path}": ${tlsReason(error)}`, { cause: error });
  }
}
