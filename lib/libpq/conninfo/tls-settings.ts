/**
 * The TLS part of the connection settings: whether TLS is used, how strictly, and with which files (manual, "SSL
 * Support"). Comes in: values of the ssl* keywords. Goes out: the settings, with libpq's default files under
 * ~/.postgresql named but not yet read, since a connection may never need them.
 */

import { join } from 'node:path';
import { TroubleError } from '../../errors/trouble.ts';
import type { Conninfo } from './keywords.ts';
import { parseChoice } from './values.ts';

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const NEGOTIATIONS = ['postgres', 'direct'] as const;
/**
 * Without `require`, for which one must know whether the server asked for a certificate; Node.js does not report that.
 */
const CERTIFICATE_MODES = ['disable', 'allow'] as const;
const PROTOCOLS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export type TlsMode = (typeof MODES)[number];
export type TlsProtocol = (typeof PROTOCOLS)[number];

/** A file that matters for TLS. One that the user named must exist; a default one may be missing. */
export interface TlsFile {
  readonly path: string;
  readonly isDefault: boolean;
}

/** Whether, how strictly and with which files TLS is used. There are no default files without a home directory. */
export interface TlsSettings {
  readonly mode: TlsMode;
  readonly negotiation: (typeof NEGOTIATIONS)[number];
  /** The trusted authorities; `system` stands for those of Node.js. */
  readonly rootCertificate: TlsFile | 'system' | undefined;
  readonly revocationList: TlsFile | undefined;
  /** Undefined also if no client certificate is to be sent. */
  readonly certificate: TlsFile | undefined;
  readonly key: TlsFile | undefined;
  readonly keyPassword?: string;
  /** Whether the server is sent the host name (SNI). */
  readonly serverNameIndication: boolean;
  readonly minVersion?: TlsProtocol;
  readonly maxVersion?: TlsProtocol;
}

/** Reads and checks the values of the ssl* keywords. */
export function resolveTlsSettings(values: Conninfo, homeDirectory: string | undefined): TlsSettings {
  const keyPassword = values.get('sslpassword');
  return {
    ...resolveStrictness(values),
    ...resolveFiles(values, homeDirectory),
    ...(keyPassword && { keyPassword }),
    serverNameIndication: (values.get('sslsni') || '1') !== '0',
    ...resolveProtocolRange(values),
  };
}

function resolveFiles(
  values: Conninfo,
  homeDirectory: string | undefined,
): Pick<TlsSettings, 'rootCertificate' | 'revocationList' | 'certificate' | 'key'> {
  const file = (keyword: string, defaultName: string): TlsFile | undefined => {
    const path = values.get(keyword);
    if (path) return { path, isDefault: false };
    return homeDirectory === undefined
      ? undefined
      : { path: join(homeDirectory, '.postgresql', defaultName), isDefault: true };
  };
  const certificateMode = parseChoice('sslcertmode', values.get('sslcertmode') || 'allow', CERTIFICATE_MODES);
  return {
    rootCertificate: values.get('sslrootcert') === 'system' ? 'system' : file('sslrootcert', 'root.crt'),
    revocationList: file('sslcrl', 'root.crl'),
    certificate: certificateMode === 'allow' ? file('sslcert', 'postgresql.crt') : undefined,
    key: file('sslkey', 'postgresql.key'),
  };
}

function resolveStrictness(values: Conninfo): Pick<TlsSettings, 'mode' | 'negotiation'> {
  const system = values.get('sslrootcert') === 'system';
  const mode = parseChoice('sslmode', values.get('sslmode') ?? (system ? 'verify-full' : 'prefer'), MODES);
  if (system && mode !== 'verify-full') {
    throw new TroubleError(
      `weak sslmode "${mode}" may not be used with sslrootcert=system (use "verify-full")`,
    );
  }
  const negotiation = parseChoice('sslnegotiation', values.get('sslnegotiation') || 'postgres', NEGOTIATIONS);
  if (negotiation === 'direct' && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw new TroubleError(
      `weak sslmode "${mode}" may not be used with sslnegotiation=direct` +
        ' (use "require", "verify-ca", or "verify-full")',
    );
  }
  return { mode, negotiation };
}

function resolveProtocolRange(values: Conninfo): Pick<TlsSettings, 'minVersion' | 'maxVersion'> {
  const minVersion = parseProtocol(
    'ssl_min_protocol_version',
    values.get('ssl_min_protocol_version') ?? 'TLSv1.2',
  );
  const maxVersion = parseProtocol('ssl_max_protocol_version', values.get('ssl_max_protocol_version') ?? '');
  if (minVersion && maxVersion && PROTOCOLS.indexOf(minVersion) > PROTOCOLS.indexOf(maxVersion)) {
    throw new TroubleError('invalid SSL protocol version range');
  }
  return { ...(minVersion && { minVersion }), ...(maxVersion && { maxVersion }) };
}

/** Protocol names are compared without regard to case; an empty one sets no bound. */
function parseProtocol(keyword: string, text: string): TlsProtocol | undefined {
  if (text === '') return undefined;
  const protocol = PROTOCOLS.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (protocol === undefined) throw new TroubleError(`invalid ${keyword} value: "${text}"`);
  return protocol;
}
