/**
 * The connection keywords of libpq: their names, their environment variables, and, for those that bb does not support,
 * the reason.
 *
 * The list is PQconninfoOptions in libpq's fe-connect.c (up to version 19) and the manual's section "Parameter Key
 * Words". A keyword is never ignored: what is not supported is an error, except for values that ask for nothing
 * (`gssencmode=prefer`), whether it is in a connection string or in the environment.
 */

import { TroubleError } from '../../errors/trouble.ts';

/** One keyword of a connection string. */
export interface Keyword {
  readonly name: string;
  readonly variable?: string;
  /** The reason, a sentence, when bb cannot do it. */
  readonly unsupported?: string;
  /** Values of an unsupported keyword that ask for nothing. */
  readonly harmless?: readonly string[];
}

const NO_GSSAPI = 'GSSAPI is not supported.';
const NO_OAUTH = 'OAuth is not supported.';

const KEYWORDS: readonly Keyword[] = [
  { name: 'service', variable: 'PGSERVICE' },
  { name: 'servicefile', variable: 'PGSERVICEFILE' },
  { name: 'user', variable: 'PGUSER' },
  { name: 'password', variable: 'PGPASSWORD' },
  { name: 'passfile', variable: 'PGPASSFILE' },
  { name: 'channel_binding', variable: 'PGCHANNELBINDING' },
  { name: 'connect_timeout', variable: 'PGCONNECT_TIMEOUT' },
  // A physical replication connection is to no database: there it is not used, as in pg_basebackup.
  { name: 'dbname' },
  { name: 'host', variable: 'PGHOST' },
  { name: 'hostaddr', variable: 'PGHOSTADDR' },
  { name: 'port', variable: 'PGPORT' },
  {
    name: 'client_encoding',
    variable: 'PGCLIENTENCODING',
    unsupported: 'Messages are exchanged in UTF-8.',
    harmless: ['auto', 'UTF8', 'utf8', 'UTF-8', 'utf-8', 'UNICODE', 'unicode'],
  },
  { name: 'options', variable: 'PGOPTIONS' },
  { name: 'application_name', variable: 'PGAPPNAME' },
  { name: 'fallback_application_name' },
  { name: 'keepalives' },
  { name: 'keepalives_idle' },
  { name: 'keepalives_interval' },
  { name: 'keepalives_count' },
  { name: 'tcp_user_timeout' },
  { name: 'sslmode', variable: 'PGSSLMODE' },
  { name: 'sslnegotiation', variable: 'PGSSLNEGOTIATION' },
  {
    name: 'sslcompression',
    variable: 'PGSSLCOMPRESSION',
    unsupported: 'TLS compression is insecure and was removed.',
    harmless: ['0'],
  },
  { name: 'sslcert', variable: 'PGSSLCERT' },
  { name: 'sslkey', variable: 'PGSSLKEY' },
  { name: 'sslcertmode', variable: 'PGSSLCERTMODE' },
  { name: 'sslpassword' },
  { name: 'sslrootcert', variable: 'PGSSLROOTCERT' },
  { name: 'sslcrl', variable: 'PGSSLCRL' },
  { name: 'sslcrldir', variable: 'PGSSLCRLDIR', unsupported: 'Use sslcrl with a single file.' },
  { name: 'sslsni', variable: 'PGSSLSNI' },
  { name: 'sslkeylogfile', unsupported: 'Use the option --tls-keylog of Node.js.' },
  {
    name: 'requirepeer',
    variable: 'PGREQUIREPEER',
    unsupported: 'Node.js cannot tell who is at the other end of a Unix-domain socket.',
  },
  { name: 'require_auth', variable: 'PGREQUIREAUTH' },
  { name: 'ssl_min_protocol_version', variable: 'PGSSLMINPROTOCOLVERSION' },
  { name: 'ssl_max_protocol_version', variable: 'PGSSLMAXPROTOCOLVERSION' },
  {
    name: 'min_protocol_version',
    variable: 'PGMINPROTOCOLVERSION',
    unsupported: 'Protocol version 3.0 is spoken.',
    harmless: ['3.0'],
  },
  {
    name: 'max_protocol_version',
    variable: 'PGMAXPROTOCOLVERSION',
    unsupported: 'Protocol version 3.0 is spoken.',
    harmless: ['3.0', '3.2', 'latest'],
  },
  {
    name: 'gssencmode',
    variable: 'PGGSSENCMODE',
    unsupported: NO_GSSAPI,
    harmless: ['disable', 'prefer'],
  },
  { name: 'krbsrvname', variable: 'PGKRBSRVNAME', unsupported: NO_GSSAPI },
  { name: 'gsslib', variable: 'PGGSSLIB', unsupported: NO_GSSAPI },
  { name: 'gssdelegation', variable: 'PGGSSDELEGATION', unsupported: NO_GSSAPI, harmless: ['0'] },
  // Its value is overridden, as in pg_basebackup: the user does not choose the kind of session.
  { name: 'replication' },
  { name: 'target_session_attrs', variable: 'PGTARGETSESSIONATTRS' },
  { name: 'load_balance_hosts', variable: 'PGLOADBALANCEHOSTS' },
  { name: 'scram_client_key', unsupported: 'Use a password.' },
  { name: 'scram_server_key', unsupported: 'Use a password.' },
  { name: 'oauth_issuer', unsupported: NO_OAUTH },
  { name: 'oauth_client_id', unsupported: NO_OAUTH },
  { name: 'oauth_client_secret', unsupported: NO_OAUTH },
  { name: 'oauth_scope', unsupported: NO_OAUTH },
  { name: 'oauth_ca_file', variable: 'PGOAUTHCAFILE', unsupported: NO_OAUTH },
];

const BY_NAME = new Map(KEYWORDS.map((keyword) => [keyword.name, keyword]));

/** Values of connection keywords, by name. */
export type Conninfo = ReadonlyMap<string, string>;

/** Values of these are never shown. */
const SECRETS = ['password', 'sslpassword', 'scram_client_key', 'scram_server_key', 'oauth_client_secret'];

/** Whether libpq knows the keyword, supported here or not. */
export function isKeyword(name: string): boolean {
  return BY_NAME.has(name);
}

/** Whether a connection string may have the keyword; includes the obsolete requiressl. */
export function isKnown(name: string): boolean {
  return isKeyword(name) || name === 'requiressl';
}

/** Whether there is a value that must not be shown. */
export function hasSecret(values: Conninfo): boolean {
  return SECRETS.some((name) => values.has(name));
}

/** Stores a value under its keyword; the later one wins. Translates the obsolete requiressl. */
export function storeValue(values: Map<string, string>, name: string, value: string): void {
  if (name === 'requiressl') {
    values.set('sslmode', value.startsWith('1') ? 'require' : 'prefer');
    return;
  }
  if (!isKnown(name)) throw new TroubleError(`invalid connection option "${name}"`);
  values.set(name, value);
}

/** The values that the environment gives. An empty variable counts: it asks for the built-in default. */
export function fromEnvironment(env: NodeJS.ProcessEnv): Conninfo {
  const values = new Map<string, string>();
  for (const { name, variable } of KEYWORDS) {
    const value = variable === undefined ? undefined : env[variable];
    if (value !== undefined) values.set(name, value);
  }
  // Deprecated since 7.4 and still honoured by libpq; PGSSLMODE takes precedence.
  if (env.PGREQUIRESSL?.startsWith('1') && !values.has('sslmode')) values.set('sslmode', 'require');
  return values;
}

/** Throws for what bb does not support. A value is shown only if it matters, since values may be secret. */
export function checkSupported(values: Conninfo, env: NodeJS.ProcessEnv = {}): void {
  for (const [name, value] of values) {
    const { unsupported, harmless, variable } = BY_NAME.get(name) ?? {};
    if (!unsupported || value === '' || harmless?.includes(value)) continue;
    const shown = harmless === undefined ? '' : ` with value "${value}"`;
    const fromVariable = variable !== undefined && env[variable] === value;
    throw new TroubleError(`connection option "${name}"${shown} is not supported`, {
      ...(fromVariable && { detail: `It is set by the environment variable ${variable}.` }),
      hint: unsupported,
    });
  }
}
