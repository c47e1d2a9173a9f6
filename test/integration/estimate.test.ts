/**
 * Compares bb-stream --estimate with the streams of idle clusters: it is never below the size of the stream, and less
 * than 1.5 times that size.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { startPipeline } from '../support/pipeline.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';

const WALSENDERS = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'walsender'";

function stream(cluster: Cluster, options: readonly string[]): Promise<Finished> {
  const { command, args } = tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', ...options]);
  return run(command, args);
}

async function estimateOf(cluster: Cluster, options: readonly string[]): Promise<number> {
  const { status, stdout, stderr } = await stream(cluster, ['--estimate', ...options]);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.toString()).toMatch(/^[1-9][0-9]*\n$/);
  return Number(stdout);
}

async function sizeOf(cluster: Cluster, options: readonly string[]): Promise<number> {
  const { status, stdout } = await stream(cluster, options);
  expect(status).toBe(0);
  return stdout.length;
}

/** Checks that the estimate is an upper bound, and not too high. */
async function expectBound(cluster: Cluster, options: readonly string[]): Promise<void> {
  const bound = await estimateOf(cluster, options);
  const size = await sizeOf(cluster, options);
  expect(bound).toBeGreaterThanOrEqual(size);
  expect(bound).toBeLessThan(1.5 * size);
}

describe.each(servers())('an idle cluster of version $major', (server) => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, settings: { autovacuum: 'off' } });
    await cluster.start();
  });
  afterAll(() => cluster.dispose());

  it.each([
    { options: ['-X', 'none'] },
    { options: ['-X', 'fetch'] },
    { options: ['-X', 'stream'] },
    { options: ['-X', 'fetch', '--no-manifest'] },
    { options: ['-X', 'none', '--manifest-checksums=sha512', '--manifest-force-encode'] },
  ])('just made, with $options', async ({ options }) => {
    await expectBound(cluster, options);
  });

  it('with a tablespace and many small tables', async () => {
    await cluster.createTablespace('fast', join(cluster.folder, 'fast'));
    await cluster.query(
      "DO $$BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t%s (a int, b text)', i); END LOOP; END$$",
    );
    await cluster.query('CREATE TABLE big TABLESPACE fast AS SELECT generate_series(1, 500000) AS id');
    await cluster.query('CHECKPOINT');
    await expectBound(cluster, ['-X', 'fetch']);
    await expectBound(cluster, ['-X', 'none', '--manifest-checksums=SHA256']);
  });

  it('is left as it was', async () => {
    await estimateOf(cluster, []);
    await untilTrue('the walsender has gone', async () => (await cluster.query(WALSENDERS)).length === 0);
    expect(await cluster.query('SELECT slot_name FROM pg_replication_slots')).toEqual([]);
    expect(await runOk('ls', [cluster.dataDirectory])).not.toContain('backup_label');
  });
});

describe('an estimate that is interrupted', () => {
  it('while the server takes its checkpoint, is given up', async () => {
    const cluster = await Cluster.create({ settings: { checkpoint_timeout: '1h' } });
    try {
      await cluster.start();
      await cluster.query('CREATE TABLE t AS SELECT generate_series(1, 300000) AS id');
      const pipeline = startPipeline([tool('bb-stream', [...cluster.connectionOptions, '--estimate'])]);
      const phase = 'SELECT phase FROM pg_stat_progress_basebackup';
      const waits = async () => (await cluster.query(phase))[0]?.[0] === 'waiting for checkpoint to finish';
      await untilTrue('the checkpoint is awaited', waits);
      await pipeline.signal(0, 'SIGINT');
      const { statuses, stdout } = await pipeline.finished;
      expect([statuses, stdout.toString()]).toEqual([[130], '']);
      await untilTrue('the walsender has gone', async () => (await cluster.query(WALSENDERS)).length === 0);
    } finally {
      await cluster.dispose();
    }
  });
});

describe('an estimate that cannot be made', () => {
  it('is trouble, with nothing on standard output', async () => {
    const { command, args } = tool('bb-stream', ['-h', '/nosuch', '--estimate']);
    const { status, stdout, stderr } = await run(command, args);
    expect([status, stdout.toString()]).toEqual([2, '']);
    expect(stderr).toMatch(/^bb-stream: error: connection to server on socket "\/nosuch/);
  });
});
