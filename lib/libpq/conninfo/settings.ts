/**
 * All connection settings, gathered from the sources that libpq has, each with precedence over the next: command-line
 * options, the connection string, the service file, the environment, the built-in defaults (conninfo_add_defaults in
 * libpq's fe-connect.c; GetConnection in streamutil.c for the options). Goes out: typed settings, checked before any
 * connection is tried.
 */

import { join } from 'node:path';
import { homeDirectory, userName } from './account.ts';
import { parseConninfo } from './conninfo.ts';
import { type HostSetting, parseHosts } from './hosts.ts';
import { type Conninfo, checkSupported, fromEnvironment } from './keywords.ts';
import { parseRequireAuth, type RequiredAuth } from './require-auth.ts';
import { readService } from './service.ts';
import { resolveTlsSettings, type TlsSettings } from './tls-settings.ts';
import { parseChoice, parseInteger } from './values.ts';

const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'] as const;
const LOAD_BALANCINGS = ['disable', 'random'] as const;
const SESSION_TARGETS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;

/** The shortest connect_timeout, since it counts in whole seconds. */
const SHORTEST_TIMEOUT_S = 2;

export type ChannelBinding = (typeof CHANNEL_BINDINGS)[number];
/** What kind of session is wanted, target_session_attrs. */
export type SessionTarget = (typeof SESSION_TARGETS)[number];

/** The settings of a connection. */
export interface ConnectionSettings {
  readonly hosts: readonly HostSetting[];
  readonly loadBalanceHosts: (typeof LOAD_BALANCINGS)[number];
  readonly sessionTarget: SessionTarget;
  readonly user: string;
  /** The database for ordinary sessions; those for physical replication are in none. */
  readonly database?: string;
  /** As given in the connection string or PGPASSWORD. */
  readonly password?: string;
  /** Absent where there is no home directory for the default one. */
  readonly passwordFile?: string;
  readonly applicationName: string;
  /** Command-line options for the server process. */
  readonly options?: string;
  /** For each address tried; 0 waits for ever. */
  readonly connectTimeoutS: number;
  readonly keepalives: boolean;
  /** 0 means the system's default, for this and the next three. */
  readonly keepalivesIdleS: number;
  readonly keepalivesIntervalS: number;
  readonly keepalivesCount: number;
  readonly tcpUserTimeoutMs: number;
  readonly tls: TlsSettings;
  readonly channelBinding: ChannelBinding;
  readonly requireAuth?: RequiredAuth;
}

/** What the command line says about the connection. */
export interface ConnectionRequest {
  /** The connection string, `-d`. */
  readonly conninfo?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly username?: string | undefined;
  /** Where the server is if nobody says otherwise. */
  readonly found?: { readonly host: string; readonly port: string };
  /** The program's name: the application_name unless the user says otherwise. */
  readonly programName: string;
}

/** Gathers and checks the settings. Throws TroubleError for what libpq refuses or bb does not support. */
export function resolveSettings(
  request: ConnectionRequest,
  env: NodeJS.ProcessEnv = process.env,
): ConnectionSettings {
  const values = gatherValues(request, env);
  checkSupported(values, env);
  const get = (keyword: string): string => values.get(keyword) ?? '';
  const home = homeDirectory(env);
  const passwordFile = get('passfile') || (home && join(home, '.pgpass'));
  return {
    hosts: parseHosts(get('host'), get('hostaddr'), get('port')),
    loadBalanceHosts: parseChoice(
      'load_balance_hosts',
      values.get('load_balance_hosts') ?? 'disable',
      LOAD_BALANCINGS,
    ),
    sessionTarget: parseChoice(
      'target_session_attrs',
      values.get('target_session_attrs') ?? 'any',
      SESSION_TARGETS,
    ),
    user: get('user') || userName(),
    ...(get('dbname') && { database: get('dbname') }),
    ...(get('password') && { password: get('password') }),
    ...(passwordFile && { passwordFile }),
    applicationName: get('application_name') || get('fallback_application_name') || request.programName,
    ...(get('options') && { options: get('options') }),
    ...timing(values),
    tls: resolveTlsSettings(values, home),
    channelBinding: parseChoice(
      'channel_binding',
      values.get('channel_binding') ?? 'prefer',
      CHANNEL_BINDINGS,
    ),
    ...(get('require_auth') && { requireAuth: parseRequireAuth(get('require_auth')) }),
  };
}

/** Merges the sources. Empty options and empty values of the connection string count as not given. */
export function gatherValues(
  request: Omit<ConnectionRequest, 'programName'>,
  env: NodeJS.ProcessEnv,
): Conninfo {
  const fromOptions = { host: request.host, port: request.port, user: request.username };
  const explicit = new Map<string, string>();
  for (const [name, value] of [...parseConninfo(request.conninfo ?? ''), ...Object.entries(fromOptions)]) {
    if (value) explicit.set(name, value);
  }
  const environment = fromEnvironment(env);
  const service = explicit.get('service') ?? environment.get('service');
  const fromService = service
    ? readService(service, {
        file: explicit.get('servicefile') ?? environment.get('servicefile'),
        homeDirectory: homeDirectory(env),
        systemDirectory: env.PGSYSCONFDIR,
      })
    : [];
  const given = new Map([...environment, ...fromService, ...explicit]);
  const { host, port } = request.found ?? {};
  if (host && !given.has('host') && !given.has('hostaddr')) given.set('host', host);
  if (port && !given.has('port')) given.set('port', port);
  return given;
}

/** The settings that are times. */
type TimingSettings = Pick<
  ConnectionSettings,
  | 'connectTimeoutS'
  | 'keepalives'
  | 'keepalivesIdleS'
  | 'keepalivesIntervalS'
  | 'keepalivesCount'
  | 'tcpUserTimeoutMs'
>;

function timing(values: Conninfo): TimingSettings {
  const number = (keyword: string, fallback: number): number => {
    const text = values.get(keyword);
    return text === undefined ? fallback : parseInteger(keyword, text);
  };
  const timeout = number('connect_timeout', 0);
  return {
    connectTimeoutS: timeout <= 0 ? 0 : Math.max(timeout, SHORTEST_TIMEOUT_S),
    keepalives: number('keepalives', 1) !== 0,
    keepalivesIdleS: Math.max(number('keepalives_idle', 0), 0),
    keepalivesIntervalS: Math.max(number('keepalives_interval', 0), 0),
    keepalivesCount: Math.max(number('keepalives_count', 0), 0),
    tcpUserTimeoutMs: Math.max(number('tcp_user_timeout', 0), 0),
  };
}
