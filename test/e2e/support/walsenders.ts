/**
 * The walsenders of a cluster, which must not outlive their backups.
 */

import type { Cluster } from '../../support/cluster.ts';
import { untilTrue } from '../../support/wait.ts';

const GONE_WITHIN_MS = 2000;

/** The process IDs of the walsenders. */
export async function walsenders(cluster: Cluster): Promise<number[]> {
  const sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walsender'";
  return (await cluster.query<[number]>(sql)).map(([pid]) => pid);
}

/** Checks that the walsenders end. */
export async function expectNoWalsender(cluster: Cluster): Promise<void> {
  const gone = async () => (await walsenders(cluster)).length === 0;
  await untilTrue('there is no walsender', gone, GONE_WITHIN_MS);
}
