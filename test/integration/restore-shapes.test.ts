/**
 * Clusters that were created differently: group access, no checksums, small and large WAL segments, and a tablespace
 * whose location is too long for a tar header. Each is backed up, restored and started.
 */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { backUp, mapping, readStream, streamStage } from '../support/backup.ts';
import { Cluster, type ClusterOptions } from '../support/cluster.ts';
import { compareDataDirectory, comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { run, runOk } from '../support/run.ts';
import { anyServer, clientTool } from '../support/servers.ts';
import { verifyBackup } from '../support/verify.ts';

/** Too long for the target of a link in a tar header, but not for the name of a directory. */
const LONG_NAME = 'long'.repeat(50);

describe.each(anyServer())('a cluster of PostgreSQL $major', (server) => {
  const pgBasebackup = clientTool('pg_basebackup', server);

  describe('with group access, WAL segments of 1 MB, and no checksums', () => {
    const folder = temporaryFolder();
    const restored = join(folder, 'data');
    let cluster: Cluster;

    beforeAll(async () => {
      const initdb = ['--allow-group-access', '--wal-segsize=1'];
      cluster = await startCluster({ server, initdb, checksums: false });
      await backUp(cluster, restored, { split: ['-Fp'] });
    });
    afterAll(async () => {
      await cluster.dispose();
      removeFolder(folder);
    });

    it('is described by the facts before the stream', async () => {
      expect(await readFacts(cluster)).toEqual(await showFacts(cluster));
    });

    it('is restored with the modes of the server, and nothing missing', async () => {
      expect(statSync(restored).mode & 0o7777).toBe(0o750);
      expect(await compareDataDirectory(restored, cluster.dataDirectory)).toEqual([]);
    });

    it.skipIf(pgBasebackup === undefined)('is restored as by pg_basebackup', async () => {
      const theirs = join(folder, 'theirs');
      const options = ['-Fp', '-c', 'fast', '-N', '-X', 'fetch', '-D', theirs];
      await runOk(pgBasebackup ?? '', [...cluster.connectionOptions, ...options]);
      expect(await comparePlain(restored, theirs)).toEqual([]);
    });

    it('verifies and starts', async () => {
      await verifyBackup(server, restored);
      await checkCopy(restored, cluster);
    });
  });

  describe('with WAL segments of 64 MB, and a tablespace whose location no tar header can hold', () => {
    const folder = temporaryFolder();
    let cluster: Cluster;
    let location: string;

    beforeAll(async () => {
      cluster = await startCluster({ server, initdb: ['--wal-segsize=64'] });
      location = await cluster.createTablespace('far', join(cluster.folder, LONG_NAME));
      await cluster.query('ALTER TABLE numbers SET TABLESPACE far');
    });
    afterAll(async () => {
      await cluster.dispose();
      removeFolder(folder);
    });

    it('verifies and starts', async () => {
      const restored = join(folder, 'data');
      const move = mapping(location, join(folder, 'moved', LONG_NAME));
      await backUp(cluster, restored, { split: ['-Fp', '-T', move] });
      await verifyBackup(server, restored);
      await checkCopy(restored, cluster);
    });

    it.skipIf(pgBasebackup === undefined)('is refused by pg_basebackup -Fp', async () => {
      const options = ['-Fp', '-c', 'fast', '-D', join(folder, 'theirs')];
      const move = mapping(location, join(folder, 'other'));
      const { status, stderr } = await run(pgBasebackup ?? '', [
        ...cluster.connectionOptions,
        ...options,
        ...['-T', move],
      ]);
      expect(status).toBe(1);
      expect(stderr).toContain('symbolic link target too long for tar format');
    });
  });
});

async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const cluster = await Cluster.create({ ...options, settings: { autovacuum: 'off', wal_keep_size: '1GB' } });
  await cluster.start();
  await cluster.query('CREATE TABLE numbers AS SELECT generate_series(1, 10000) AS number; CHECKPOINT');
  return cluster;
}

/** Starts a server on a restored data directory and checks all of it. */
async function checkCopy(data: string, original: Cluster): Promise<void> {
  const copy = await Cluster.adopt(data, original.server);
  await copy.start();
  expect(await copy.query('SELECT count(*)::int FROM numbers')).toEqual([[10_000]]);
  expect(await showFacts(copy)).toEqual(await showFacts(original));
  await amcheck(copy);
  await copy.dispose();
}

/** The ParameterStatus messages of a backup stream. */
async function readFacts(cluster: Cluster): Promise<Record<string, string>> {
  const { stdout } = await pipelineOk([streamStage(cluster)]);
  const { frames } = await readStream(stdout);
  return Object.fromEntries(
    frames.flatMap((frame) => (frame.type === 'parameter' ? [[frame.name, frame.value]] : [])),
  );
}

/** The same by SQL. */
async function showFacts(cluster: Cluster): Promise<Record<string, string>> {
  const rows = await cluster.query<[string, string]>(
    `SELECT name, setting FROM pg_settings
     WHERE name IN ('server_version', 'block_size', 'wal_segment_size', 'data_checksums')
     UNION ALL SELECT 'system_identifier', system_identifier::text FROM pg_control_system()`,
  );
  return Object.fromEntries(rows);
}
