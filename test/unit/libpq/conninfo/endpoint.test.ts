import { describe, expect, it } from 'vitest';
import { resolveEndpoints } from '../../../../lib/libpq/conninfo/endpoint.ts';
import type { HostSetting } from '../../../../lib/libpq/conninfo/hosts.ts';

const host = (setting: Partial<HostSetting>): HostSetting => ({
  kind: 'name',
  host: '',
  hostaddr: '',
  port: 5432,
  ...setting,
});

describe('resolveEndpoints', () => {
  it.each<[name: string, setting: Partial<HostSetting>, address: string, failure: string]>([
    [
      'a socket directory',
      { kind: 'socket', host: '/run/pg', port: 5433 },
      '/run/pg/.s.PGSQL.5433',
      'connection to server on socket "/run/pg/.s.PGSQL.5433" failed',
    ],
    [
      'an abstract socket',
      { kind: 'socket', host: '@pg' },
      '\0pg/.s.PGSQL.5432',
      'connection to server on socket "@pg/.s.PGSQL.5432" failed',
    ],
    [
      'an address',
      { kind: 'address', hostaddr: '10.1.2.3' },
      '10.1.2.3',
      'connection to server at "10.1.2.3", port 5432 failed',
    ],
    [
      'an address with a name',
      { kind: 'address', host: 'db1', hostaddr: '10.1.2.3' },
      '10.1.2.3',
      'connection to server at "10.1.2.3", port 5432 failed',
    ],
    [
      'a name that is an address',
      { host: '127.0.0.1' },
      '127.0.0.1',
      'connection to server at "127.0.0.1", port 5432 failed',
    ],
  ])('knows %s', async (_name, setting, address, failure) => {
    expect(await resolveEndpoints(host(setting))).toMatchObject([{ address, failure }]);
  });

  it('names both the host and the address that it stands for', async () => {
    const endpoints = await resolveEndpoints(host({ host: 'localhost' }));
    expect(endpoints.map(({ failure }) => failure)).toEqual(
      endpoints.map(({ address }) => `connection to server at "localhost" (${address}), port 5432 failed`),
    );
    expect(endpoints.length).toBeGreaterThan(0);
  });

  it('refuses an address that is none, and a path that no socket can have', async () => {
    await expect(resolveEndpoints(host({ kind: 'address', hostaddr: '1.2.3' }))).rejects.toThrow(
      'could not parse network address "1.2.3": Name or service not known',
    );
    const longPath = `/${'x'.repeat(108)}`;
    await expect(resolveEndpoints(host({ kind: 'socket', host: longPath }))).rejects.toThrow(
      /^Unix-domain socket path ".*" is too long \(maximum 10[37] bytes\)$/,
    );
  });
});
