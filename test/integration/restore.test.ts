/**
 * A complete backup and restore with each server version: bb-stream | bb-split -Fp -T moves the tablespaces of a
 * cluster, with awkward locations, to new locations. The result equals that of pg_basebackup -Fp and verifies, and a
 * server started from it has its tables at the new locations, also after a restart.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { backUp } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { compareDataDirectory, comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { readPlaces, readTables, relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { verifyBackup } from '../support/verify.ts';

describe.each(servers())('a restore of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const pgBasebackup = clientTool('pg_basebackup', server);
  const restored = join(folder, 'restored', 'data');
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];
  let places: ReadonlyMap<string, string>;

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    const relocation = relocate(tablespaces, join(folder, 'restored'));
    places = relocation.places;
    await backUp(cluster, restored, { stream: ['-l', 'same'], split: ['-Fp', ...relocation.options] });
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  it('has all that the server has, and nothing else', async () => {
    expect(await compareDataDirectory(restored, cluster.dataDirectory)).toEqual([]);
  });

  it.skipIf(pgBasebackup === undefined)('has what pg_basebackup -Fp makes', async () => {
    const theirs = join(folder, 'theirs', 'data');
    const { options } = relocate(tablespaces, join(folder, 'theirs'));
    await runOk(pgBasebackup ?? '', [
      ...cluster.connectionOptions,
      ...['-Fp', '-c', 'fast', '-N', '-l', 'same', '-X', 'fetch', '-D', theirs, ...options],
    ]);
    expect(await comparePlain(restored, theirs)).toEqual([]);
  });

  it('is what its manifest says', async () => {
    await verifyBackup(server, restored);
  });

  describe('when a server is started on it', () => {
    let copy: Cluster;

    beforeAll(async () => {
      copy = await Cluster.adopt(restored, server);
      await copy.start();
    });
    afterAll(() => copy.dispose());

    it('has every table as it was, and the unlogged one empty', async () => {
      const tables = new Map(await readTables(cluster));
      expect(tables.size).toBeGreaterThan(4);
      expect(tables.get('table in equal, unlogged')).toMatch(/^500 rows/);
      expect(await readTables(copy)).toEqual(tables.set('table in equal, unlogged', '0 rows, 0'));
    });

    it('passes the full check', async () => {
      await amcheck(copy);
    });

    it.each([
      { event: 'the start', stop: undefined },
      { event: 'a restart', stop: 'fast' as const },
      { event: 'a crash', stop: 'immediate' as const },
    ])('has its tablespaces in the new places after $event', async ({ stop }) => {
      if (stop !== undefined) {
        await copy.query(
          'CREATE TABLE IF NOT EXISTS later (id int) TABLESPACE unicode; INSERT INTO later VALUES (1)',
        );
        await copy.stop(stop);
        await copy.start();
      }
      expect(await readPlaces(copy)).toEqual(new Map([...places].sort()));
    });
  });
});
