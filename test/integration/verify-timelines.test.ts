/**
 * A backup that needs WAL of two timelines: it is taken from a standby whose upstream, a standby too, is promoted
 * during the backup. It is good in the pipe and in a directory, but not without the WAL of either timeline.
 */

import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitStage, streamStage } from '../support/backup.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk, startPipeline } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { startPrimary, startStandby, untilCaughtUp } from '../support/standby.ts';
import { tool } from '../support/tools.ts';
import { readManifest, verifyBackup } from '../support/verify.ts';
import { untilTrue } from '../support/wait.ts';

const METHODS = ['stream', 'fetch'] as const;
const INSERT = "INSERT INTO t SELECT g, 'x' FROM generate_series(1, 20000) AS g";

describe.each(servers())('a backup of version $major on two timelines', (server) => {
  const folder = temporaryFolder();
  const file = (method: string) => join(folder, `${method}.bb`);

  beforeAll(async () => {
    const primary = await startPrimary(server);
    await primary.query("CREATE TABLE t AS SELECT g, repeat('x', 100) AS x FROM generate_series(1, 50000) g");
    const upstream = await startStandby(primary, join(folder, 'upstream'));
    const standby = await startStandby(upstream, join(folder, 'standby'));
    await restart(primary, standby);
    // Reader and server wait until the timeline has changed.
    const gate = join(folder, 'gate');
    const reader = { command: 'sh', args: ['-c', `until [ -e ${gate} ]; do sleep 0.1; done; exec cat`] };
    const backups = METHODS.map((method) =>
      startPipeline([streamStage(standby, ['-X', method]), reader], { stdoutFile: file(method) }),
    );
    const sending = 'SELECT 1 FROM pg_stat_progress_basebackup WHERE backup_streamed > 0';
    await untilTrue(
      'both backups flow',
      async () => (await standby.query(sending)).length === METHODS.length,
    );
    await upstream.query('SELECT pg_promote()');
    await upstream.query(INSERT);
    await restart(upstream, standby);
    writeFileSync(gate, '');
    for (const backup of backups) expect((await backup.finished).statuses).toEqual([0, 0]);
    for (const cluster of [standby, upstream, primary]) await cluster.dispose();
  });
  afterAll(() => removeFolder(folder));

  const verify = (...args: string[]): Promise<Finished> => {
    const { command, args: all } = tool('bb-verify', args);
    return run(command, all);
  };

  it.each(METHODS)('is found good, with -X %s', async (method) => {
    const [plain, tars] = [join(folder, method), join(folder, `${method}.tars`)];
    for (const split of [splitStage(plain, ['-Fp']), splitStage(tars)]) {
      const stages = [{ command: 'cat', args: [file(method)] }, tool('bb-verify', ['--tee', '-q']), split];
      expect((await pipelineOk(stages)).stderrs.join('')).toBe('');
    }
    expect(readManifest(plain)['WAL-Ranges']).toHaveLength(2);
    await verifyBackup(server, plain);
    const { status, stdout, stderr } = await verify(tars);
    expect(stderr).toBe('');
    expect(stdout.toString()).toContain('checked: 00000002.history');
    expect(status).toBe(0);
  });

  it('is found bad without the history, or WAL of either timeline', async () => {
    const plain = join(folder, 'stream');
    const wal = join(plain, 'pg_wal');
    const segments = readdirSync(wal).filter((name) => /^[0-9A-F]{24}$/.test(name));
    const olds = segments.filter((name) => name.startsWith('00000001'));
    for (const [name, message] of [
      ['00000002.history', 'history file "00000002.history" is missing'],
      [olds[0] ?? '', 'WAL parsing failed for timeline 1'],
      [segments[olds.length] ?? '', 'WAL parsing failed for timeline 2'],
    ] as const) {
      renameSync(join(wal, name), join(folder, 'kept'));
      const { status, stderr } = await verify('-s', plain);
      expect(stderr).toContain(message);
      expect(status).toBe(1);
      renameSync(join(folder, 'kept'), join(wal, name));
    }
  });
});

/** Makes a restartpoint on a standby, which is not older than a checkpoint made now. */
async function restart(upstream: Cluster, standby: Cluster): Promise<void> {
  await upstream.query('CHECKPOINT');
  await untilCaughtUp(upstream, standby);
  await standby.query('CHECKPOINT');
}
