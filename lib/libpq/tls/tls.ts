/**
 * From TLS settings to what Node.js needs for one connection: certificates loaded and checked, the strictness
 * of sslmode, and the order in which encrypted and plain connections are tried.
 *
 * The rules are initialize_SSL in libpq's fe-secure-openssl.c. A root certificate file that exists is used in
 * every mode (so that `require` with ~/.postgresql/root.crt verifies the authority), and only verify-full
 * looks at the host name.
 */

import { isIP } from 'node:net';
import { type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls';
import { TroubleError } from '../../errors/trouble.ts';
import type { Endpoint } from '../conninfo/endpoint.ts';
import type { HostSetting } from '../conninfo/hosts.ts';
import type { TlsMode, TlsSettings } from '../conninfo/tls-settings.ts';
import { verifyHostName } from './host-name.ts';
import { tlsReason } from './tls-failure.ts';
import { type Credentials, loadCredentials } from './tls-files.ts';

/** How to upgrade one connection to TLS. */
export interface TlsConnect {
  readonly options: ConnectionOptions;
  /** What to tell the server in the server name indication, if anything. */
  readonly serverName: string | undefined;
  /** Begin with TLS at once instead of asking first. */
  readonly direct: boolean;
}

export type Encryption = 'tls' | 'plain';

const PLANS: Readonly<Record<TlsMode, readonly Encryption[]>> = {
  disable: ['plain'],
  allow: ['plain', 'tls'],
  prefer: ['tls', 'plain'],
  require: ['tls'],
  'verify-ca': ['tls'],
  'verify-full': ['tls'],
};

/** What to try at an endpoint, in order. A Unix-domain socket is never encrypted, whatever sslmode says. */
export function encryptionPlan(mode: TlsMode, endpoint: Endpoint): readonly Encryption[] {
  return endpoint.kind === 'socket' ? ['plain'] : PLANS[mode];
}

/** Prepares TLS for a connection to this host. Throws TroubleError for files that are missing or wrong. */
export function prepareTls(settings: TlsSettings, { host }: HostSetting): TlsConnect {
  const credentials = loadCredentials(settings);
  const fullCheck = settings.mode === 'verify-full';
  if (fullCheck && host === '') {
    throw new TroubleError('host name must be specified for a verified SSL connection');
  }
  return {
    options: {
      secureContext: makeContext(settings, credentials),
      rejectUnauthorized: credentials.verifies,
      checkServerIdentity: (_name, certificate) =>
        fullCheck ? verifyHostName(host, certificate) : undefined,
    },
    serverName: settings.serverNameIndication && host !== '' && isIP(host) === 0 ? host : undefined,
    direct: settings.negotiation === 'direct',
  };
}

function makeContext(settings: TlsSettings, credentials: Credentials): SecureContext {
  try {
    return createSecureContext({
      ...credentials.options,
      ...(settings.minVersion && { minVersion: settings.minVersion }),
      ...(settings.maxVersion && { maxVersion: settings.maxVersion }),
    });
  } catch (error) {
    throw new TroubleError(`could not create SSL context: ${tlsReason(error)}`, { cause: error });
  }
}
