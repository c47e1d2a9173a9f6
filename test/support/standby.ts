/** Standbys that follow a primary over streaming replication, and their primaries. */

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from './backup.ts';
import { Cluster } from './cluster.ts';
import type { Server } from './servers.ts';
import { untilTrue } from './wait.ts';

/** Starts a server that keeps WAL for its standbys, in small segments. */
export async function startPrimary(server: Server): Promise<Cluster> {
  const settings = { wal_keep_size: '256MB' };
  const primary = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
  await primary.start();
  return primary;
}

/** Backs up a server, a primary or a standby, and starts a standby of it that follows it through promotions. */
export async function startStandby(upstream: Cluster, data: string): Promise<Cluster> {
  await backUp(upstream, data, { split: ['-Fp'] });
  writeFileSync(join(data, 'standby.signal'), '');
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${upstream.folder} port=${upstream.port} user=postgres'\n` +
      "wal_retrieve_retry_interval = '200ms'\n",
  );
  const standby = await Cluster.adopt(data, upstream.server);
  await standby.start();
  return standby;
}

/** Waits until a standby has replayed all that its primary has written until now. */
export async function untilCaughtUp(primary: Cluster, standby: Cluster): Promise<void> {
  const [[position] = []] = await primary.query('SELECT pg_current_wal_lsn()');
  const sql = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn';
  await untilTrue(
    'the standby has caught up',
    async () => (await standby.query<[boolean]>(sql, [position]))[0]?.[0],
  );
}
