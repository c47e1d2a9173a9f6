/**
 * Clusters whose backups are small: WAL segments of 1 MB, and one database where initdb makes three. A backup
 * of some 12 MB in place of 40 lets tests take many of them.
 */

import { Cluster, type ClusterOptions } from '../../support/cluster.ts';

/** WAL that -X fetch may still want must not be recycled by the next backup's checkpoint. */
const SETTINGS = { wal_keep_size: '64MB', autovacuum: 'off' };

/** Makes and starts a cluster, which the caller disposes of. */
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
