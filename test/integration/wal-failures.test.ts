/**
 * Failures of streamed WAL: connections lost, segments recycled, no space for the spool file, standbys promoted. Either
 * the backup is complete, or it fails with the reason, and nothing is left.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { startPipeline } from '../support/pipeline.ts';
import { anyServer } from '../support/servers.ts';
import { startStandby } from '../support/standby.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import {
  backUp,
  leftAt,
  restorePlain,
  startSlowBackup,
  streamOf,
  untilStreaming,
} from '../support/wal-backup.ts';
import { keepLittle, Recycler, segmentsOf } from '../support/wal-load.ts';
import { readBooks, Writer } from '../support/writer.ts';

const RATE = '-r4M';
const MAY_MOUNT = process.platform === 'linux' && process.getuid?.() === 0;

describe.each(anyServer())('on PostgreSQL $major', (server) => {
  let cluster: Cluster;
  let folder: string;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, settings: keepLittle() });
    await cluster.start();
    await cluster.query('CREATE ROLE repl LOGIN REPLICATION');
  });
  afterAll(() => cluster.dispose());
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  /** Starts a backup into bb-split, with these options. */
  const start = (...options: string[]) =>
    startPipeline([streamOf(cluster, ...options), tool('bb-split', ['-N', '-D', join(folder, 'out')])]);

  it('a lost connection is opened again, and no WAL is missing or doubled', async () => {
    const writer = await Writer.start(cluster);
    const backup = startPipeline([streamOf(cluster, RATE)], { stdoutFile: join(folder, 'backup') });
    const first = await untilStreaming(cluster);
    await cluster.query('SELECT pg_terminate_backend($1)', [first]);
    await untilTrue('another session streams', async () => (await untilStreaming(cluster)) !== first);
    const { statuses, stderrs } = await backup.finished;
    expect(stderrs[0]).toMatch(/warning: could not receive write-ahead log: .*; trying again/);
    expect(statuses).toEqual([0]);
    expect(await leftAt(cluster)).toEqual([]);
    await writer.stop();
    const restored = await restorePlain(join(folder, 'backup'), join(folder, 'data'), cluster);
    expect(await readBooks(restored)).toMatchObject({ gaps: 0, total: 0, wrongAccounts: 0 });
    await restored.dispose();
    await cluster.query('DROP TABLE account, ledger');
  });

  it('a lost connection that cannot be opened again fails the backup with the reason', async () => {
    const backup = start(RATE, '-U', 'repl');
    const pid = await untilStreaming(cluster);
    await cluster.query('ALTER ROLE repl NOREPLICATION');
    await cluster.query('SELECT pg_terminate_backend($1)', [pid]);
    const { statuses, stderrs } = await backup.finished;
    await cluster.query('ALTER ROLE repl REPLICATION');
    expect(stderrs[0]?.match(/trying again/g)?.length).toBe(3);
    expect(stderrs[0]).toMatch(/error: .*FATAL/);
    expect(stderrs[1]).toContain('backup was aborted upstream');
    expect(statuses).toEqual([2, 1]);
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(await leftAt(cluster)).toEqual([]);
  });

  it('with a full spool and a slot, the server keeps WAL until there is room', async () => {
    const recycler = await Recycler.start(cluster);
    const file = join(folder, 'backup');
    const backup = startSlowBackup(cluster, file, 5, '--wal-spool=1MB');
    const { statuses, stderrs } = await backup.finished;
    await recycler.stop();
    expect(stderrs[0]).not.toContain('trying again');
    expect(statuses).toEqual([0, 0]);
    const restored = await restorePlain(file, join(folder, 'data'), cluster);
    await restored.dispose();
  });

  it('with a full spool and no slot, WAL that the server recycles fails the backup with the reason', async () => {
    const recycler = await Recycler.start(cluster, 0);
    const [oldest] = await segmentsOf(cluster);
    const file = join(folder, 'backup');
    const backup = startSlowBackup(cluster, file, 8, '--wal-spool=64kB', '--no-slot');
    const { statuses, stderrs } = await backup.finished;
    await recycler.stop();
    expect(await segmentsOf(cluster)).not.toContain(oldest);
    expect(stderrs[0]).toMatch(/requested WAL segment [0-9A-F]{24} has already been removed/);
    expect(statuses[0]).toBe(2);
    expect(await leftAt(cluster)).toEqual([]);
  });

  it.runIf(MAY_MOUNT).each([
    { name: 'is soon full', bytes: '256k', status: 0, said: 'write-ahead log end point' },
    { name: 'has no room at all', bytes: '4k', status: 2, said: 'No space left on device' },
  ])('a temporary folder that $name is a spool as large as what fits', async ({ bytes, status, said }) => {
    const small = join(folder, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', small]);
    try {
      if (status !== 0) writeFileSync(join(small, 'filler'), Buffer.alloc(4096));
      const recycler = await Recycler.start(cluster);
      const stage = { ...streamOf(cluster, RATE), env: { TMPDIR: small } };
      const { statuses, stderrs } = await startPipeline([stage], { stdoutFile: '/dev/null' }).finished;
      await recycler.stop();
      expect(stderrs[0]).toContain(said);
      expect(statuses).toEqual([status]);
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('a server that is stopped ends the backup with the reason', async () => {
    const backup = start(RATE);
    await untilStreaming(cluster);
    await cluster.stop('immediate');
    const { statuses, stderrs } = await backup.finished;
    await cluster.start();
    expect(stderrs[0]).toContain('bb-stream: error: ');
    expect(statuses).toEqual([2, 1]);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  describe('from a standby', () => {
    let standby: Cluster;

    beforeEach(async () => {
      standby = await startStandby(cluster, join(folder, 'standby'));
    });
    afterEach(() => standby.dispose());

    it('a promotion during the backup is an abort; after it, backups have the history of the timeline', async () => {
      const out = join(folder, 'out');
      const backup = startPipeline([streamOf(standby, RATE), tool('bb-split', ['-N', '-D', out])]);
      await untilStreaming(standby);
      await standby.query('SELECT pg_promote()');
      const { statuses, stderrs } = await backup.finished;
      expect(stderrs[0]).toContain('standby was promoted during online backup');
      expect(statuses).toEqual([2, 1]);
      expect(existsSync(out)).toBe(false);
      expect(await leftAt(standby)).toEqual([]);

      await backUp(standby, join(folder, 'promoted'));
      const after = await restorePlain(join(folder, 'promoted'), join(folder, 'data'), standby);
      expect(existsSync(join(folder, 'data', 'pg_wal', '00000002.history'))).toBe(true);
      expect(existsSync(join(folder, 'data', 'pg_wal', 'archive_status', '00000002.history.done'))).toBe(
        true,
      );
      await after.dispose();
    });

    it('a switch of timelines further up is followed', async () => {
      const second = await startStandby(standby, join(folder, 'second'));
      try {
        const file = join(folder, 'switched');
        const backup = startPipeline([streamOf(second, RATE)], { stdoutFile: file });
        await untilStreaming(second);
        await standby.query('SELECT pg_promote()');
        await standby.query('CREATE TABLE later AS SELECT 42 AS answer; CHECKPOINT');
        await untilTrue('the second standby has followed', async () => {
          const [row] = await second.query("SELECT to_regclass('later') IS NOT NULL");
          return row?.[0] === true;
        });
        await second.query('CHECKPOINT');
        const { statuses, stderrs } = await backup.finished;
        expect(stderrs[0]).not.toContain('trying again');
        expect(statuses).toEqual([0]);
        const restored = await restorePlain(file, join(folder, 'data'), second);
        expect(await restored.query('SELECT answer FROM later')).toEqual([[42]]);
        const names = readdirSync(join(folder, 'data', 'pg_wal'));
        expect(names).toContain('00000002.history');
        expect(names.some((name) => name.startsWith('0000000100'))).toBe(true);
        expect(names.some((name) => name.startsWith('0000000200'))).toBe(true);
        await restored.dispose();
      } finally {
        await second.dispose();
      }
    });
  });
});
