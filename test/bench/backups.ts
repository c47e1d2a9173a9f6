/** The backups that rows are measured on, made by our own tools. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32c } from '../../lib/crc/crc32c.ts';
import { Cluster } from '../support/cluster.ts';
import { runOk } from '../support/run.ts';
import type { Material } from './material.ts';

const LIMIT_MS = 600_000;
const SMALL_TABLES = 6667;
/** Of PostgreSQL 15. */
const CONTROL_STATE_AT = 16;
/** DB_SHUTDOWNED of enum DBState. */
const SHUT_DOWN = 1;
const CONTROL_CRC_AT = 288;

/** Runs a script of bash, which ends with the first command that fails. */
export async function shell(script: string): Promise<void> {
  await runOk('bash', ['-ec', script], { timeoutMs: LIMIT_MS });
}

/** A backup as a stream, and its base.tar. */
export async function back(cluster: Cluster, stream: string): Promise<void> {
  const split = `node ${resolve('dist/bb-split.js')} -N -D ${stream.replace(/\.bb$/, '')}`;
  await shell(`${streamCommand(cluster)} >${stream} && ${split} <${stream}`);
}

function streamCommand(cluster: Cluster, wal: 'none' | 'fetch' = 'none'): string {
  const options = [...cluster.connectionOptions, '-c', 'fast', '-X', wal, '-w'];
  return `node ${resolve('dist/bb-stream.js')} ${options.join(' ')}`;
}

/** A stream with a tablespace. The cluster has it only for this: pg_basebackup refuses those in a pipe. */
export async function makeMovable({ cluster, movable }: Material): Promise<void> {
  await cluster.createTablespace('movable');
  await shell(`${streamCommand(cluster)} >${movable}`);
  await cluster.query('DROP TABLESPACE movable');
}

/** A backup of 20,000 files of 8 kB. */
export async function makeSmall({ cluster: { server }, small }: Material): Promise<void> {
  await withCluster({ server, settings: { max_locks_per_transaction: 1024 } }, async (cluster) => {
    // A row, an index and a toast table: three files of 8 kB and one that is empty.
    await cluster.query(
      `DO $$ BEGIN FOR n IN 1..${SMALL_TABLES} LOOP
         EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, note text)', n);
         EXECUTE format('INSERT INTO t%s VALUES (1)', n);
       END LOOP; END $$`,
    );
    await back(cluster, small.stream);
  });
}

/** A backup of nearly nothing. With its WAL, so that it can be verified. */
export async function makeEmpty(material: Material): Promise<void> {
  await withCluster({ server: material.cluster.server }, (cluster) =>
    shell(`${streamCommand(cluster, 'fetch')} >${emptyStream(material)}`),
  );
}

/** Where that is. */
export function emptyStream({ folder }: Material): string {
  return join(folder, 'empty.bb');
}

async function withCluster(
  options: Parameters<typeof Cluster.create>[0],
  use: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = await Cluster.create(options);
  try {
    await cluster.start();
    await use(cluster);
  } finally {
    await cluster.dispose();
  }
}

/** A data directory; pg_checksums looks at no cluster that seems to be running. */
export async function makePlain({
  large,
  plain: { directory, controlFile, controlFileShutDown },
}: Material): Promise<void> {
  await shell(`node ${resolve('dist/bb-split.js')} -Fp -N -D ${directory} <${large}`);
  const bytes = readFileSync(join(directory, 'global/pg_control'));
  writeFileSync(controlFile, bytes);
  bytes.writeUInt32LE(SHUT_DOWN, CONTROL_STATE_AT);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, CONTROL_CRC_AT)), CONTROL_CRC_AT);
  writeFileSync(controlFileShutDown, bytes);
}
