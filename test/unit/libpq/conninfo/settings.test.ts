/** Settings from all their sources: which source wins, what is checked, and how the complaints read. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSocketDirectory } from '../../../../lib/libpq/conninfo/hosts.ts';
import { isKeyword } from '../../../../lib/libpq/conninfo/keywords.ts';
import { resolveSettings } from '../../../../lib/libpq/conninfo/settings.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'bb-settings-'));
  writeFileSync(
    join(home, '.pg_service.conf'),
    '[prod]\nhost=service-host\nport=1111\nuser=service-user\n[empty]\n',
  );
});

afterAll(() => rmSync(home, { recursive: true }));

function resolve(conninfo: string, env: NodeJS.ProcessEnv = {}, options: object = {}) {
  return resolveSettings({ conninfo, programName: 'bb-stream', ...options }, { HOME: home, ...env });
}

describe('resolveSettings, sources', () => {
  it('finds the server where it was found, unless told otherwise', () => {
    const found = { host: '/run/pg', port: '5433' };
    const hosts = (conninfo: string, env = {}) => resolve(conninfo, env, { found }).hosts;
    expect(hosts('')).toMatchObject([{ host: '/run/pg', port: 5433 }]);
    expect(hosts('host=db1', { PGPORT: '2222' })).toMatchObject([{ host: 'db1', port: 2222 }]);
    expect(hosts('hostaddr=127.0.0.1')).toMatchObject([{ host: '', hostaddr: '127.0.0.1', port: 5433 }]);
    expect(hosts('host=a,b')).toMatchObject([{ port: 5433 }, { port: 5433 }]);
  });

  it('falls back on the operating system and the built-in defaults', () => {
    expect(resolve('')).toMatchObject({
      hosts: [{ kind: 'socket', host: defaultSocketDirectory(), port: 5432 }],
      user: userInfo().username,
      passwordFile: join(home, '.pgpass'),
      applicationName: 'bb-stream',
      loadBalanceHosts: 'disable',
      sessionTarget: 'any',
      channelBinding: 'prefer',
      connectTimeoutS: 0,
      keepalives: true,
      keepalivesIdleS: 0,
      keepalivesIntervalS: 0,
      keepalivesCount: 0,
      tcpUserTimeoutMs: 0,
      tls: { mode: 'prefer', negotiation: 'postgres', minVersion: 'TLSv1.2', serverNameIndication: true },
    });
  });

  it('has options win over conninfo over service over environment', () => {
    const env = { PGHOST: 'env-host', PGPORT: '2222', PGUSER: 'env-user', PGAPPNAME: 'env-app' };
    expect(resolve('', env)).toMatchObject({
      hosts: [{ host: 'env-host', port: 2222 }],
      user: 'env-user',
      applicationName: 'env-app',
    });
    expect(resolve('service=prod', env)).toMatchObject({
      hosts: [{ host: 'service-host', port: 1111 }],
      user: 'service-user',
      applicationName: 'env-app',
    });
    expect(resolve('service=prod host=conn-host user=conn-user', env)).toMatchObject({
      hosts: [{ host: 'conn-host', port: 1111 }],
      user: 'conn-user',
    });
    expect(
      resolve('host=conn-host user=conn-user port=7', env, { host: 'h', port: '9', username: 'u' }),
    ).toMatchObject({ hosts: [{ host: 'h', port: 9 }], user: 'u' });
  });

  it('takes an empty value in the connection string for none, but an empty variable for the default', () => {
    expect(resolve("host='' port=''", { PGHOST: 'env-host' }).hosts).toMatchObject([{ host: 'env-host' }]);
    expect(resolve("host=''", { PGHOST: '', PGPORT: '' }).hosts).toMatchObject([
      { kind: 'socket', host: defaultSocketDirectory(), port: 5432 },
    ]);
  });

  it('finds the service by PGSERVICE and its file by PGSERVICEFILE', () => {
    const file = join(home, 'other.conf');
    writeFileSync(file, '[prod]\nhost=other-host\n');
    expect(resolve('', { PGSERVICE: 'prod', PGSERVICEFILE: file }).hosts).toMatchObject([
      { host: 'other-host' },
    ]);
    expect(resolve(`service=prod servicefile=${file}`).hosts).toMatchObject([{ host: 'other-host' }]);
    expect(resolve(`service=prod servicefile=${file}`, { PGSERVICEFILE: '/nosuch' }).hosts).toMatchObject([
      { host: 'other-host' },
    ]);
  });

  it('prefers application_name to its fallback to the name of the program', () => {
    expect(resolve('fallback_application_name=f').applicationName).toBe('f');
    expect(resolve('fallback_application_name=f application_name=a').applicationName).toBe('a');
  });

  it('does not look at PGDATABASE, since replication is of all databases', () => {
    expect(resolve('dbname=anything', { PGDATABASE: 'x' })).not.toHaveProperty('dbname');
  });

  it('honours PGREQUIRESSL, unless PGSSLMODE is there', () => {
    expect(resolve('', { PGREQUIRESSL: '1' }).tls.mode).toBe('require');
    expect(resolve('', { PGREQUIRESSL: '1', PGSSLMODE: 'allow' }).tls.mode).toBe('allow');
  });
});

describe('resolveSettings, hosts', () => {
  it.each([
    ['host=a,b,c port=1', [1, 1, 1]],
    ['host=a,b,c port=1,2,3', [1, 2, 3]],
    ['host=a,b,c port=1,,3', [1, 5432, 3]],
    ['host=a,b', [5432, 5432]],
  ])('pairs hosts with ports in %s', (conninfo, ports) => {
    expect(resolve(conninfo).hosts.map(({ port }) => port)).toEqual(ports);
  });

  it.each([
    ['host=/run/pg', { kind: 'socket', host: '/run/pg', hostaddr: '' }],
    ['host=@abstract', { kind: 'socket', host: '@abstract', hostaddr: '' }],
    ['host=db1', { kind: 'name', host: 'db1', hostaddr: '' }],
    ['host=db1 hostaddr=10.0.0.1', { kind: 'address', host: 'db1', hostaddr: '10.0.0.1' }],
    ['hostaddr=::1', { kind: 'address', host: '', hostaddr: '::1' }],
  ])('knows the kind of %s', (conninfo, host) => {
    expect(resolve(conninfo).hosts).toMatchObject([host]);
  });

  it.each([
    ['host=a,b hostaddr=1.1.1.1', 'could not match 2 host names to 1 hostaddr values'],
    ['host=a,b,c port=1,2', 'could not match 2 port numbers to 3 hosts'],
    ['port=1,2', 'could not match 2 port numbers to 1 hosts'],
    ['port=http', 'invalid integer value for connection option "port"'],
    ['port=0', 'invalid port number: "0"'],
    ['port=65536', 'invalid port number: "65536"'],
  ])('refuses %s', (conninfo, complaint) => {
    expect(() => resolve(conninfo)).toThrow(complaint);
  });
});

describe('resolveSettings, values', () => {
  it.each([
    ['connect_timeout=0', { connectTimeoutS: 0 }],
    ['connect_timeout=-1', { connectTimeoutS: 0 }],
    ['connect_timeout=1', { connectTimeoutS: 2 }],
    ["connect_timeout=' 10 '", { connectTimeoutS: 10 }],
    ['keepalives=0', { keepalives: false }],
    ['keepalives_idle=30', { keepalivesIdleS: 30 }],
    ['keepalives_interval=5', { keepalivesIntervalS: 5 }],
    ['keepalives_count=-3', { keepalivesCount: 0 }],
    ['tcp_user_timeout=1000', { tcpUserTimeoutMs: 1000 }],
    ['target_session_attrs=prefer-standby', { sessionTarget: 'prefer-standby' }],
    ['load_balance_hosts=random', { loadBalanceHosts: 'random' }],
    ['options=-cx=y', { options: '-cx=y' }],
    ['passfile=/p', { passwordFile: '/p' }],
    ['password=p', { password: 'p' }],
    ['sslrootcert=system', { tls: { mode: 'verify-full', rootCertificate: 'system' } }],
    ['sslsni=0', { tls: { serverNameIndication: false } }],
    ['ssl_min_protocol_version=tlsv1.3', { tls: { minVersion: 'TLSv1.3' } }],
    ['sslmode=require sslnegotiation=direct', { tls: { negotiation: 'direct' } }],
    ['sslkey=/k sslpassword=p', { tls: { key: { path: '/k', isDefault: false }, keyPassword: 'p' } }],
  ])('reads %s', (conninfo, settings) => {
    expect(resolve(conninfo)).toMatchObject(settings);
  });

  it('shows no certificate with sslcertmode=disable', () => {
    expect(resolve('sslcertmode=disable sslcert=/c').tls.certificate).toBeUndefined();
  });

  it.each([
    ['sslmode=on', 'invalid sslmode value: "on"'],
    ['sslcertmode=require', 'invalid sslcertmode value: "require"'],
    ['channel_binding=yes', 'invalid channel_binding value: "yes"'],
    ['target_session_attrs=master', 'invalid target_session_attrs value: "master"'],
    ['load_balance_hosts=on', 'invalid load_balance_hosts value: "on"'],
    ['connect_timeout=5s', 'invalid integer value "5s" for connection option "connect_timeout"'],
    ['keepalives=yes', 'invalid integer value "yes" for connection option "keepalives"'],
    [
      'keepalives_idle=2147483648',
      'invalid integer value "2147483648" for connection option "keepalives_idle"',
    ],
    ['ssl_min_protocol_version=TLSv2', 'invalid ssl_min_protocol_version value: "TLSv2"'],
    ['ssl_max_protocol_version=TLSv1.1', 'invalid SSL protocol version range'],
    [
      'sslrootcert=system sslmode=require',
      'weak sslmode "require" may not be used with sslrootcert=system (use "verify-full")',
    ],
    [
      'sslnegotiation=direct',
      'weak sslmode "prefer" may not be used with sslnegotiation=direct (use "require", "verify-ca", or "verify-full")',
    ],
    ['service=none', 'definition of service "none" not found'],
  ])('refuses %s', (conninfo, complaint) => {
    expect(() => resolve(conninfo)).toThrow(complaint);
  });

  it('refuses an empty mode from the environment, as libpq does', () => {
    expect(() => resolve('', { PGSSLMODE: '' })).toThrow('invalid sslmode value: ""');
  });
});

function complaintOf(conninfo: string, env: NodeJS.ProcessEnv): Error & { detail?: string } {
  try {
    resolve(conninfo, env);
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was refused');
}

describe('resolveSettings, what bb does not support', () => {
  it.each([
    'sslcompression=1',
    'gssencmode=require',
    'gssdelegation=1',
    'client_encoding=LATIN1',
    'max_protocol_version=3.1',
  ])('refuses %s', (conninfo) => {
    const [name, value] = conninfo.split('=');
    expect(() => resolve(conninfo)).toThrow(
      `connection option "${name}" with value "${value}" is not supported`,
    );
  });

  it.each([
    'requirepeer=postgres',
    'sslcrldir=/crls',
    'krbsrvname=postgres',
    'gsslib=gssapi',
    'oauth_issuer=https://x',
    'oauth_client_secret=abc',
    'oauth_ca_file=/ca',
    'scram_client_key=abc',
  ])('refuses %s, whatever the value, which is not shown', (conninfo) => {
    const [name] = conninfo.split('=');
    expect(complaintOf(conninfo, {}).message).toBe(`connection option "${name}" is not supported`);
  });

  it.each([
    ['PGCLIENTENCODING', 'LATIN1', 'client_encoding'],
    ['PGSSLCOMPRESSION', '1', 'sslcompression'],
    ['PGMAXPROTOCOLVERSION', '3.1', 'max_protocol_version'],
    ['PGKRBSRVNAME', 'pg', 'krbsrvname'],
    ['PGGSSLIB', 'gssapi', 'gsslib'],
    ['PGGSSDELEGATION', '1', 'gssdelegation'],
    ['PGOAUTHCAFILE', '/ca', 'oauth_ca_file'],
  ])('refuses %s=%s by the name of keyword and variable', (variable, value, name) => {
    const detail = `It is set by the environment variable ${variable}.`;
    expect(complaintOf('', { [variable]: value })).toMatchObject({
      message: expect.stringContaining(`connection option "${name}"`),
      detail,
    });
  });

  it.each(['database', 'true', '1', 'off', 'nonsense'])('overrides replication=%s', (value) => {
    expect(resolve(`replication=${value}`)).toEqual(resolve(''));
  });

  it.each([
    'gssencmode=prefer',
    'gssencmode=disable',
    'gssdelegation=0',
    'sslcompression=0',
    'client_encoding=UTF8',
    'max_protocol_version=latest',
    'requirepeer=',
  ])('takes %s, which asks for nothing', (conninfo) => {
    expect(() => resolve(conninfo)).not.toThrow();
  });

  it('refuses by the environment what would otherwise be a silent weakening', () => {
    expect(() => resolve('', { PGREQUIREPEER: 'postgres' })).toThrow('"requirepeer"');
    expect(() => resolve('', { PGSSLCRLDIR: '/crls' })).toThrow('"sslcrldir"');
    expect(() => resolve('', { PGGSSENCMODE: 'require' })).toThrow('"gssencmode"');
  });

  it('refuses it in a service file too', () => {
    writeFileSync(join(home, 'bad.conf'), '[bad]\nrequirepeer=root\n');
    expect(() => resolve('service=bad', { PGSERVICEFILE: join(home, 'bad.conf') })).toThrow('"requirepeer"');
  });
});

/** PQconninfoOptions in libpq's fe-connect.c, version 19. */
const LIBPQ =
  'service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port' +
  ' client_encoding options application_name fallback_application_name keepalives keepalives_idle' +
  ' keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey' +
  ' sslcertmode sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth min_protocol_version' +
  ' max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode krbsrvname gsslib' +
  ' gssdelegation replication target_session_attrs load_balance_hosts scram_client_key scram_server_key' +
  ' oauth_issuer oauth_client_id oauth_client_secret oauth_scope oauth_ca_file sslkeylogfile';

describe('isKeyword', () => {
  it.each(LIBPQ.split(' '))('knows %s', (name) => {
    expect(isKeyword(name)).toBe(true);
  });
});
