/**
 * Backups with streamed WAL, for tests: taken into a file, restored in both formats, and started unchanged, without a
 * restore_command.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Lsn, parseLsn } from '../../lib/postgres/lsn.ts';
import { Cluster } from './cluster.ts';
import { type PipelineResult, pipeline, pipelineOk, startPipeline } from './pipeline.ts';
import { runOk } from './run.ts';
import { tool } from './tools.ts';
import { untilTrue } from './wait.ts';

/** bb-stream for a cluster; the options of the test come last. */
export function streamOf(cluster: Cluster, ...options: readonly string[]) {
  return tool('bb-stream', [...cluster.connectionOptions, '-cfast', '-v', ...options]);
}

/** Takes a backup into a file, which must succeed. Returns the messages of bb-stream. */
export async function backUp(cluster: Cluster, file: string, ...options: readonly string[]): Promise<string> {
  const { stderrs } = await pipelineOk([streamOf(cluster, ...options)], { stdoutFile: file });
  return stderrs.join('');
}

/** Takes a backup that must fail, through a pipe to bb-split. Returns how both ended. */
export function backUpInVain(cluster: Cluster, folder: string, ...options: readonly string[]) {
  return pipeline([streamOf(cluster, ...options), tool('bb-split', ['-D', folder])]);
}

/** The end position that bb-stream printed. */
export function endOf(said: string): Lsn {
  return parseLsn(/write-ahead log end point: (\S+)/.exec(said)?.[1] ?? '') ?? 0n;
}

/** The name of the segment in which the backup starts. */
export async function startSegment(cluster: Cluster, said: string): Promise<string> {
  const lsn = /write-ahead log start point: (\S+)/.exec(said)?.[1];
  const [[name = ''] = []] = await cluster.query<[string]>('SELECT pg_walfile_name($1)', [lsn]);
  return name;
}

/** Restores with bb-split -Fp and starts the server. */
export async function restorePlain(file: string, folder: string, source: Cluster): Promise<Cluster> {
  await pipelineOk([{ command: 'cat', args: [file] }, tool('bb-split', ['-Fp', '-N', '-D', folder])]);
  return await startRestored(folder, source);
}

/** Restores with bb-split and tar, as the manual of pg_basebackup describes, and starts the server. */
export async function restoreTar(file: string, folder: string, source: Cluster): Promise<Cluster> {
  const archives = `${folder}.tars`;
  await pipelineOk([{ command: 'cat', args: [file] }, tool('bb-split', ['-N', '-D', archives])]);
  mkdirSync(folder, { mode: 0o700 });
  await runOk('tar', ['-xf', join(archives, 'base.tar'), '-C', folder]);
  await runOk('tar', ['-xf', join(archives, 'pg_wal.tar'), '-C', join(folder, 'pg_wal')]);
  return await startRestored(folder, source);
}

async function startRestored(folder: string, source: Cluster): Promise<Cluster> {
  const restored = await Cluster.adopt(folder, source.server);
  try {
    await restored.start();
    return restored;
  } catch (error) {
    await restored.dispose();
    throw error;
  }
}

/** Starts a backup whose reader waits for this number of seconds before it reads. */
export function startSlowBackup(cluster: Cluster, file: string, seconds: number, ...options: string[]) {
  const sleeper = { command: 'sh', args: ['-c', `sleep ${seconds}; exec cat`] };
  return startPipeline([streamOf(cluster, ...options), sleeper], { stdoutFile: file });
}

/** Waits until a backup receives WAL, and returns the process ID of the walsender. */
export function untilStreaming(cluster: Cluster): Promise<number> {
  return untilTrue('WAL is streamed', async () => {
    const [row] = await cluster.query<[number]>(
      "SELECT pid FROM pg_stat_replication WHERE state IN ('streaming', 'catchup') AND application_name = 'bb-stream'",
    );
    return row?.[0];
  });
}

/** The replication slots and sessions at the server. */
export async function leftAt(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.query<[string]>(
    'SELECT slot_name::text FROM pg_replication_slots UNION ALL SELECT application_name FROM pg_stat_replication ORDER BY 1',
  );
  return rows.map(([name]) => name);
}

/** The statuses and standard errors of a pipeline, for the messages of tests. */
export function outcome({ statuses, stderrs }: PipelineResult): string {
  return `${statuses}\n${stderrs.join('')}`;
}
