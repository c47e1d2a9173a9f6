/**
 * The helpers of all other integration tests: do they work with every server version?
 */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { runOk } from '../support/run.ts';
import { clientTool, ownTool, servers } from '../support/servers.ts';

describe.each(servers())('a cluster of PostgreSQL $major', (server) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings: { work_mem: '5MB' } });
    await cluster.start();
  });
  afterAll(() => cluster.dispose());

  it('answers queries with rows as arrays, in the way it was configured', async () => {
    const rows = await cluster.query(
      "SELECT current_setting('server_version'), current_setting('data_checksums'), " +
        "current_setting('wal_segment_size'), current_setting('work_mem'), $1::int4",
      [42],
    );
    expect(rows).toEqual([[expect.stringContaining(server.version), 'on', '1MB', '5MB', 42]]);
  });

  it('gets tablespaces of any name', async () => {
    const location = await cluster.createTablespace('a b=c\\dé');
    const rows = await cluster.query(
      "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'a b=c\\dé'",
    );
    expect(rows).toEqual([[location]]);
  });

  it('stops in both modes and starts again', async () => {
    for (const mode of ['fast', 'immediate'] as const) {
      await cluster.stop(mode);
      expect(cluster.pid).toBeUndefined();
      await expect(cluster.query('SELECT 1')).rejects.toThrow('ENOENT');
      await cluster.start();
    }
    expect(await cluster.query('SELECT 1')).toEqual([[1]]);
  });

  it('can be adopted by its data directory, which outlives the new owner', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'restored');
    const first = await Cluster.create({ server, checksums: false });
    renameSync(first.dataDirectory, data);
    await first.dispose();

    const second = await Cluster.adopt(data, server);
    await second.start();
    expect(await second.query('SHOW data_checksums')).toEqual([['off']]);
    await second.dispose();

    expect(existsSync(second.folder)).toBe(false);
    expect(existsSync(join(data, 'PG_VERSION'))).toBe(true);
    removeFolder(folder);
  });

  it('shows the log when it cannot start, and leaves nothing behind', async () => {
    const broken = await Cluster.create({ server });
    rmSync(join(broken.dataDirectory, 'global', 'pg_control'));
    await expect(broken.start()).rejects.toThrow('could not find the database system');
    await broken.dispose();
    expect(existsSync(broken.folder)).toBe(false);
  });

  it('shows what initdb said when that fails', async () => {
    await expect(Cluster.create({ server, initdb: ['--wal-segsize=3'] })).rejects.toThrow(
      /must be a power of/,
    );
  });

  it('lets nobody in whom its own pg_hba.conf lines do not name, except for query()', async () => {
    const guarded = await Cluster.create({ server, tcp: true, hba: ['host all all 127.0.0.1/32 reject'] });
    await guarded.start();
    expect(await guarded.query('SELECT 1')).toEqual([[1]]);
    await expect(guarded.connect({ host: '127.0.0.1' })).rejects.toThrow('rejects connection');
    await expect(guarded.connect({ database: 'template1' })).rejects.toThrow('no pg_hba.conf entry');
    await guarded.dispose();
  });
});

describe('a client tool', () => {
  const serverOf = (major: number) => ({ major, version: `${major}.0`, programs: '' });

  it('is not given for servers that are newer than it is', () => {
    expect(clientTool('psql', serverOf(99))).toBeUndefined();
  });

  it.skipIf(clientTool('psql') === undefined)('is given for older servers', async () => {
    expect(await runOk(clientTool('psql', serverOf(9)) ?? '', ['--version'])).toContain('psql (PostgreSQL)');
  });

  it('is given in the version of the server alone where that is asked for', async () => {
    expect(ownTool('psql', serverOf(9))).toBeUndefined();
    for (const server of servers()) {
      const path = ownTool('psql', server);
      if (path === undefined) continue;
      expect(await runOk(path, ['--version'])).toMatch(new RegExp(`\\(PostgreSQL\\) ${server.major}\\D`));
    }
  });
});
