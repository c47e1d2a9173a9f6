/**
 * Backups of a hot standby, which is itself made from a backup: they work, the notices of the server are passed on as
 * by pg_basebackup, and a promotion during the backup makes it fail.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk, startPipeline } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { startPrimary, startStandby, untilCaughtUp } from '../support/standby.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';

describe.each(servers())('a standby of version $major', (server) => {
  const folder = temporaryFolder();
  let primary: Cluster;
  let standby: Cluster;

  beforeAll(async () => {
    primary = await startPrimary(server);
    await primary.query('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
    standby = await makeStandby();
  });
  afterAll(async () => {
    await standby?.dispose();
    await primary?.dispose();
    removeFolder(folder);
  });

  /** Makes a standby and waits until it is up to date. */
  async function makeStandby(): Promise<Cluster> {
    const cluster = await startStandby(primary, join(folder, 'standby'));
    await primary.query('INSERT INTO t SELECT generate_series(1001, 2000)');
    await primary.query('CHECKPOINT');
    await untilCaughtUp(primary, cluster);
    return cluster;
  }

  it.each(['fetch', 'stream'])('gives a good backup with -X %s', async (method) => {
    const data = join(folder, method);
    const { stderrs } = await pipelineOk([
      tool('bb-stream', [...standby.connectionOptions, '-c', 'fast', '-X', method]),
      tool('bb-split', ['-Fp', '-D', data]),
    ]);
    expect(stderrs).toEqual(['', '']);
    rmSync(join(data, 'standby.signal'));
    const restored = await Cluster.adopt(data, server);
    await restored.start();
    expect(await restored.query('SELECT count(*)::int, pg_is_in_recovery() FROM t')).toEqual([[2000, false]]);
    await restored.dispose();
  });

  it('is ready for a backup by --check', async () => {
    const { stdout } = await pipelineOk([tool('bb-stream', [...standby.connectionOptions, '--check'])]);
    expect(stdout.toString()).not.toMatch(/^(warning|failed)/m);
  });

  it('gets an estimate that bounds the stream', async () => {
    const options = [...standby.connectionOptions, '-c', 'fast'];
    const { stdout: bound } = await pipelineOk([tool('bb-stream', [...options, '--estimate'])]);
    const { stdout: stream } = await pipelineOk([tool('bb-stream', options)]);
    expect(Number(bound)).toBeGreaterThanOrEqual(stream.length);
    expect(Number(bound)).toBeLessThan(1.5 * stream.length);
  });

  const basebackup = clientTool('pg_basebackup', server);
  it.skipIf(basebackup === undefined)('warns as pg_basebackup does', async () => {
    const options = [...standby.connectionOptions, '-c', 'fast', '-X', 'none'];
    const target = ['-D', join(folder, 'theirs')];
    const theirs = await run(basebackup ?? '', [...options, ...target]);
    const { stderrs } = await pipelineOk([tool('bb-stream', options), tool('bb-split', ['--list'])]);
    const texts = (output: string, prefix: RegExp) =>
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(prefix, ''));
    expect(texts(stderrs[0] ?? '', /^bb-stream: (notice|warning): /)).toEqual(
      texts(theirs.stderr, /^(NOTICE|WARNING): {2}/),
    );
  });

  it.each(['fetch', 'stream'])('that is promoted ends a backup with -X %s', async (method) => {
    const target = join(folder, `promoted-${method}`);
    const backup = startPipeline([
      tool('bb-stream', [...standby.connectionOptions, '-c', 'fast', '-r', '1M', '-X', method]),
      tool('bb-split', ['-D', target]),
    ]);
    const sql = 'SELECT 1 FROM pg_stat_progress_basebackup WHERE backup_streamed > 500000';
    await untilTrue('data flows', async () => (await standby.query(sql)).length > 0);
    await standby.query('SELECT pg_promote()');
    const { statuses, stderrs } = await backup.finished;
    const message = 'the standby was promoted during online backup';
    expect(stderrs[0]).toMatch(
      new RegExp(`^bb-stream: error: could not take base backup: ERROR: {2}${message}$`, 'm'),
    );
    expect(stderrs[1]).toMatch(new RegExp(`^bb-split: error: backup was aborted upstream: ${message}$`, 'm'));
    expect(statuses).toEqual([2, 1]);
    expect((await pipeline([{ command: 'ls', args: ['-A', target] }])).stdout.toString()).toBe('');
    if (method === 'fetch') await remake();
  });

  async function remake(): Promise<void> {
    await standby.dispose();
    rmSync(join(folder, 'standby'), { recursive: true });
    standby = await makeStandby();
  }
});
