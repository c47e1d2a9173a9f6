/**
 * Clusters with small backups, so that tests can take many: with WAL segments of 1 MB, and one database instead of
 * three, a backup has about 12 MB instead of 40.
 */

import { Cluster, type ClusterOptions } from '../../support/cluster.ts';

/** WAL that -X fetch still needs must not be recycled by the checkpoint of the next backup. */
const SETTINGS = { wal_keep_size: '64MB', autovacuum: 'off' };

/** Creates and starts a cluster. The caller must call dispose(). */
export async function startSmallCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const settings = { ...SETTINGS, ...options.settings };
  const cluster = await Cluster.create({ ...options, initdb: ['--wal-segsize=1'], settings });
  try {
    await cluster.start();
    for (const template of ['template0', 'template1']) {
      await cluster.query(`ALTER DATABASE ${template} IS_TEMPLATE false`);
      await cluster.query(`DROP DATABASE ${template}`);
    }
  } catch (error) {
    await cluster.dispose();
    throw error;
  }
  return cluster;
}
