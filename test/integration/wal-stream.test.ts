/**
 * Backups with streamed WAL, of servers that recycle their WAL during the backup: restored in both formats, they start
 * without a restore_command and are consistent.
 */

import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { segmentName } from '../../lib/postgres/wal-segment.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import {
  backUp,
  endOf,
  leftAt,
  restorePlain,
  restoreTar,
  startSegment,
  startSlowBackup,
} from '../support/wal-backup.ts';
import { keepLittle, Recycler, segmentsOf } from '../support/wal-load.ts';
import { readBooks, Writer } from '../support/writer.ts';

/** In kB/s, slow enough that the server recycles WAL during the backup. */
const RATE = '8192';
const CONSISTENT = { gaps: 0, total: 0, wrongAccounts: 0 };
const MiB = 1024 ** 2;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => removeFolder(folder));

describe.each(servers())('on PostgreSQL $major', (server) => {
  describe.each([
    { megabytes: 16, formats: [restorePlain, restoreTar], pauseMs: 100 },
    { megabytes: 1, formats: [restorePlain], pauseMs: 20 },
    { megabytes: 64, formats: [restoreTar], pauseMs: 400 },
  ])('with segments of $megabytes MB', ({ megabytes, formats, pauseMs }) => {
    let cluster: Cluster;
    let writer: Writer;
    let recycler: Recycler;

    beforeAll(async () => {
      const initdb = [`--wal-segsize=${megabytes}`];
      cluster = await Cluster.create({ server, initdb, settings: keepLittle(megabytes) });
      await cluster.start();
      writer = await Writer.start(cluster);
      recycler = await Recycler.start(cluster, pauseMs);
    });
    afterAll(async () => {
      await recycler.stop();
      await writer.stop();
      await cluster.dispose();
    });

    it('a backup starts without an archive though its WAL was recycled at the server', async () => {
      const file = join(folder, 'backup');
      const said = await backUp(cluster, file, '-r', RATE);
      expect(await segmentsOf(cluster)).not.toContain(await startSegment(cluster, said));
      expect(await leftAt(cluster)).toEqual([]);
      const acknowledged = writer.acknowledged(endOf(said));
      expect(acknowledged).toBeGreaterThan(0);
      for (const restore of formats) {
        const restored = await restore(file, join(folder, restore.name), cluster);
        try {
          const books = await readBooks(restored);
          expect(books).toMatchObject(CONSISTENT);
          expect(books.transactions).toBeGreaterThanOrEqual(acknowledged);
        } finally {
          await restored.dispose();
        }
      }
    });

    it('pg_wal.tar has all segments from the start to the end of the backup, and no other', async () => {
      const file = join(folder, 'backup');
      const said = await backUp(cluster, file);
      const names = (await membersOfWal(file, folder)).filter((name) => /^[0-9A-F]{24}$/.test(name));
      const first = await startSegment(cluster, said);
      const last = segmentName(1, endOf(said) - 1n, megabytes * MiB);
      const wanted = [];
      for (let lsn = endOf(said) - 1n; lsn >= 0n; lsn -= BigInt(megabytes * MiB)) {
        const name = segmentName(1, lsn, megabytes * MiB);
        if (name >= first) wanted.unshift(name);
      }
      expect(names).toEqual(wanted);
      expect(names.at(-1)).toBe(last);
    });
  });

  it('a reader asleep for 15 s does not end backups from a server with wal_sender_timeout=3s', async () => {
    const settings = { ...keepLittle(), wal_sender_timeout: '3s' };
    const cluster = await Cluster.create({ server, settings });
    try {
      await cluster.start();
      const recycler = await Recycler.start(cluster, 300);
      const variants = [
        { name: 'room in the spool', options: [] },
        { name: 'spool is full', options: ['--wal-spool=1MB'] },
        { name: 'no regular updates', options: ['-s0'] },
      ];
      const results = await Promise.all(
        variants.map(
          ({ name, options }) => startSlowBackup(cluster, join(folder, name), 15, ...options).finished,
        ),
      );
      await recycler.stop();
      for (const { statuses, stderrs } of results) {
        expect(stderrs[0]).not.toContain('trying again');
        expect(statuses).toEqual([0, 0]);
      }
      expect(await leftAt(cluster)).toEqual([]);
      const restored = await restorePlain(join(folder, 'spool is full'), join(folder, 'data'), cluster);
      await restored.dispose();
    } finally {
      await cluster.dispose();
    }
  });

  it("two backups at once do not get in each other's way", async () => {
    const cluster = await Cluster.create({ server, settings: keepLittle() });
    try {
      await cluster.start();
      const writer = await Writer.start(cluster);
      const files = ['one', 'two'].map((name) => join(folder, name));
      const backups = await Promise.all(files.map((file) => backUp(cluster, file, '-r', RATE)));
      await writer.stop();
      expect(await leftAt(cluster)).toEqual([]);
      for (const [index, file] of files.entries()) {
        const restored = await restorePlain(file, `${file}.data`, cluster);
        const books = await readBooks(restored);
        await restored.dispose();
        expect(books).toMatchObject(CONSISTENT);
        expect(books.transactions).toBeGreaterThanOrEqual(writer.acknowledged(endOf(backups[index] ?? '')));
      }
    } finally {
      await cluster.dispose();
    }
  });

  const pgBasebackup = clientTool('pg_basebackup');
  it.skipIf(pgBasebackup === undefined || server.major > 15)(
    'pg_wal.tar has the members that pg_basebackup gives it',
    async () => {
      const cluster = await Cluster.create({ server, settings: { wal_keep_size: '64MB' } });
      try {
        await cluster.start();
        await runOk(pgBasebackup ?? '', [
          ...cluster.connectionOptions,
          '-cfast',
          '-Ft',
          '-Xs',
          '-D',
          join(folder, 'theirs'),
        ]);
        const theirs = await list(join(folder, 'theirs', 'pg_wal.tar'));
        await backUp(cluster, join(folder, 'backup'));
        await pipelineOk([
          { command: 'cat', args: [join(folder, 'backup')] },
          tool('bb-split', ['-D', join(folder, 'ours')]),
        ]);
        const ours = await list(join(folder, 'ours', 'pg_wal.tar'));
        // The second backup is one segment later. For both programs, the mark of the last segment exists only if all
        // of it was received; with an old server, pg_basebackup has usually exited before that.
        const form = (lines: string[]) => lines.map((line) => line.replace(/[0-9A-F]{24}/, 'SEGMENT'));
        const mark = '-rw------- 0/0               0 archive_status/SEGMENT.done';
        expect(form(ours)[0]).toBe(form(theirs)[0]);
        expect([...form(theirs), mark]).toEqual(expect.arrayContaining(form(ours)));
      } finally {
        await cluster.dispose();
      }
    },
  );
});

/** Names of the members of pg_wal.tar in a recorded backup. */
async function membersOfWal(file: string, scratch: string): Promise<string[]> {
  const target = join(scratch, 'split');
  await pipelineOk([{ command: 'cat', args: [file] }, tool('bb-split', ['-N', '-D', target])]);
  return (await runOk('tar', ['-tf', join(target, 'pg_wal.tar')])).trim().split('\n');
}

/** Mode, owner, size and name of the members of a tar file. */
async function list(file: string): Promise<string[]> {
  const lines = (await runOk('tar', ['--numeric-owner', '-tvf', file])).trim().split('\n');
  return lines.map((line) => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d /, ' '));
}
