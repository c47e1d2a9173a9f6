/**
 * A chain of incremental backups with a tablespace, each extracted to places of its own and then combined by
 * pg_combinebackup -T to further ones: the server that is started there must use none but those. It follows
 * tablespace_map rather than links, and pg_combinebackup passes a map on as it is.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { tree } from '../support/tree.ts';
import { verifyBackup } from '../support/verify.ts';

const FIRST_INCREMENTAL = 17;
const WITH_INCREMENTALS = servers().filter(({ major }) => major >= FIRST_INCREMENTAL);
if (WITH_INCREMENTALS.length === 0)
  console.warn('no server of version 17 or later: no chains with tablespaces are tested');

describe.each(WITH_INCREMENTALS)('a chain with a tablespace, of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const combine = clientTool('pg_combinebackup', server);
  const place = (name: string) => join(folder, name);
  let cluster: Cluster;
  let location: string;

  beforeAll(async () => {
    const settings = { summarize_wal: 'on', autovacuum: 'off' };
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
    await cluster.start();
    location = await cluster.createTablespace('ts');
    await cluster.query('CREATE TABLE t TABLESPACE ts AS SELECT generate_series(1, 10000) AS id');
    const toFull = mapping(location, place('full ts'));
    await backUp(cluster, place('full'), { split: ['-Fp', '-T', toFull] });
    await cluster.query('UPDATE t SET id = -id WHERE id = 5000');
    // Moved twice: in the stream, and when it is extracted.
    await pipelineOk([
      streamStage(cluster, ['-i', join(place('full'), 'backup_manifest')]),
      tool('bb-relocate', ['-T', mapping(location, '/proc/none/ts')]),
      splitStage(place('incremental'), ['-Fp', '-T', mapping('/proc/none/ts', place('incremental ts'))]),
    ]);
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  it.each(['full', 'incremental'])('verifies without tablespace_map: %s', async (name) => {
    expect(existsSync(join(place(name), 'tablespace_map'))).toBe(false);
    expect(readFileSync(join(place(name), 'backup_manifest'), 'utf8')).not.toContain('tablespace_map');
    await verifyBackup(server, place(name));
  });

  it.skipIf(combine === undefined)(
    'is combined to other places, and the backups stay as they are',
    async () => {
      const before = await tree(place('incremental ts'));
      const move = mapping(place('incremental ts'), place('combined ts'));
      const chain = [place('full'), place('incremental')];
      await runOk(combine ?? '', [...chain, '-T', move, '-o', place('combined')]);
      await verifyBackup(server, place('combined'));
      expect(await ask(place('combined'))).toEqual([[place('combined ts'), 10_000, 1]]);
      expect(await tree(place('incremental ts'))).toEqual(before);
    },
  );

  // Last, since the server writes to its tablespace.
  it('starts from the full backup, in its own places', async () => {
    await runOk('cp', ['-a', place('full'), place('started')]);
    const before = await tree(place('incremental ts'));
    const [row] = await ask(place('started'));
    expect(row).toEqual([place('full ts'), 10_000, 0]);
    expect(await tree(place('incremental ts'))).toEqual(before);
  });

  /** Starts a server there; tells where it has the tablespace, and what is in it. */
  async function ask(data: string): Promise<unknown[][]> {
    const copy = await Cluster.adopt(data, server);
    try {
      await copy.start();
      return await copy.query(
        `SELECT (SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'ts'),
           count(*)::int, count(*) FILTER (WHERE id < 0)::int FROM t`,
      );
    } finally {
      await copy.dispose();
    }
  }
});
