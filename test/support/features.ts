/**
 * What a server was built with, as the server reports it, as far as backups use it.
 */

import type { Compression } from '../../lib/compress/method.ts';
import type { Cluster } from './cluster.ts';

/** The first version that compresses base backups. */
const FIRST_COMPRESSING = 15;

/** The methods by which a running server can compress a backup: those for which wal_compression has a library. */
export async function backupCompressions(cluster: Cluster): Promise<readonly Compression[]> {
  if (cluster.server.major < FIRST_COMPRESSING) return [];
  const sql = "SELECT unnest(enumvals) FROM pg_settings WHERE name = 'wal_compression'";
  const offered = (await cluster.query<[string]>(sql)).map(([name]) => name);
  return ['gzip', ...(['lz4', 'zstd'] as const).filter((method) => offered.includes(method))];
}
