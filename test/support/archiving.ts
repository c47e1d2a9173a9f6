/** Servers that archive their WAL in a directory, and servers that recover from it. */

import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { giveToServer } from './account.ts';
import { Cluster } from './cluster.ts';
import type { Server } from './servers.ts';
import { untilTrue } from './wait.ts';

/** Starts a server with small segments that archives into a directory, which is created. */
export async function startArchiving(
  server: Server,
  archive: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  mkdirSync(archive);
  giveToServer(archive);
  const archiving = { archive_mode: 'on', archive_command: `cp "%p" "${archive}/%f"` };
  const cluster = await Cluster.create({
    server,
    initdb: ['--wal-segsize=1'],
    settings: { ...archiving, ...settings },
  });
  await cluster.start();
  return cluster;
}

/** Waits until all WAL written so far is in the archive. */
export async function untilArchived(cluster: Cluster, archive: string): Promise<void> {
  const [[segment] = []] = await cluster.query<[string]>('SELECT pg_walfile_name(pg_switch_wal())');
  await untilTrue('WAL is archived', () => readdirSync(archive).includes(segment ?? ''));
}

/** Starts a restored server, which does not archive, and waits until it has left recovery. */
export async function startRecovered(data: string, server: Server): Promise<Cluster> {
  appendFileSync(join(data, 'postgresql.conf'), 'archive_mode = off\n');
  const restored = await Cluster.adopt(data, server);
  await restored.start();
  const sql = 'SELECT NOT pg_is_in_recovery()';
  await untilTrue('recovery is over', async () => (await restored.query<[boolean]>(sql))[0]?.[0]);
  return restored;
}
