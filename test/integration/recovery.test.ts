/**
 * Restored servers that recover from an archive of a real server: to a point in time, to an LSN, to every other kind of
 * target; and targets that are refused because they are before the end of the backup.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLsn } from '../../lib/postgres/lsn.ts';
import { startArchiving, startRecovered, untilArchived } from '../support/archiving.ts';
import { readStream, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { clientTool, servers } from '../support/servers.ts';
import { verifyBackup } from '../support/verify.ts';

const PRESERVE = ['--archive-mode=preserve'];

describe.each(servers())('recovery of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const archive = join(folder, "the server's archive");
  const stream = join(folder, 'stream');
  const pgBasebackup = clientTool('pg_basebackup', server);
  let cluster: Cluster;
  /** Start, end and time of the backup. */
  let label: { readonly start: bigint; readonly stop: bigint; readonly time: string };
  /** A time before the backup, and targets between the rows that were written after it. */
  let points: Readonly<Record<'before' | 'time' | 'lsn' | 'xid', string>>;

  beforeAll(async () => {
    cluster = await startArchiving(server, archive, {
      log_timezone: 'UTC',
      // The rest of an earlier recovery. A server accepts no second target.
      recovery_target_name: 'long ago',
    });
    points = await write();
    label = await readLabel();
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  const ask = async (sql: string) => String((await cluster.query(sql))[0]?.[0]);
  const insert = (row: string) => cluster.query(`INSERT INTO t VALUES ('${row}')`);

  /** Takes a backup between two rows, and archives the WAL of all later rows. */
  async function write() {
    const before = await ask('SELECT now()::text');
    await cluster.query("CREATE TABLE t AS SELECT 'before' AS row");
    await cluster.query('SELECT pg_sleep(1.1)'); // labels have whole seconds
    await pipelineOk([streamStage(cluster)], { stdoutFile: stream });
    await insert('behind');
    const time = await ask('SELECT clock_timestamp()::text');
    await insert('behind time');
    const lsn = await ask('SELECT pg_current_wal_insert_lsn()');
    await insert('behind lsn');
    const xid = await ask("INSERT INTO t VALUES ('xid') RETURNING pg_current_xact_id()::text");
    await insert('behind xid');
    await cluster.query("SELECT pg_create_restore_point('it''s done')");
    await insert('behind name');
    await untilArchived(cluster, archive);
    return { before, time, lsn, xid };
  }

  async function readLabel() {
    const bytes = readFileSync(stream);
    const { frames } = await readStream(bytes);
    const lsnOf = (type: 'start' | 'stop') =>
      frames.flatMap((frame) => (frame.type === type ? [frame.lsn] : []))[0] ?? 0n;
    const [, time = ''] = /^START TIME: (.+)$/m.exec(bytes.toString('latin1')) ?? [];
    return { start: lsnOf('start'), stop: lsnOf('stop'), time };
  }

  async function restore(name: string, options: readonly string[]) {
    const command = `--restore-command=cp "${archive}/%f" "%p"`;
    const archiving = options.some((option) => option.startsWith('--archive-mode')) ? [] : PRESERVE;
    const split = splitStage(join(folder, name), ['-Fp', '--recovery', command, ...archiving, ...options]);
    const { statuses, stderrs } = await pipeline([{ command: 'cat', args: [stream] }, split]);
    return { status: statuses[1], stderr: stderrs[1] };
  }

  const ROWS = ['before', 'behind', 'behind time', 'behind lsn', 'xid', 'behind xid', 'behind name'];

  const TARGETS = [
    { name: 'a time', target: () => [`--target-time=${points.time}`], rows: 2 },
    { name: 'an LSN', target: () => ['--target-lsn', points.lsn], rows: 3 },
    { name: 'a transaction', target: () => [`--target-xid=${points.xid}`], rows: 5 },
    { name: 'a restore point', target: () => ["--target-name=it's done"], rows: 6 },
    { name: 'the end of the backup', target: () => ['--target-immediate'], rows: 1 },
    { name: 'the end of the archive', target: () => [], rows: 7 },
  ];
  /** One version tests all targets. */
  const visited = server === servers()[0] ? TARGETS : TARGETS.slice(0, 2);

  it.each(visited)('goes to $name and then promotes', async ({ name, target, rows }) => {
    const options = target();
    const action = options.length > 0 ? ['--target-action=promote'] : [];
    expect(await restore(name, [...options, ...action])).toEqual({ status: 0, stderr: '' });
    await verifyBackup(server, join(folder, name));
    const restored = await startRecovered(join(folder, name), server);
    expect(await restored.query('SELECT row FROM t')).toEqual(ROWS.slice(0, rows).map((row) => [row]));
    await restored.dispose();
  });

  it('archives nothing with --archive-mode=off, and warns without an option', async () => {
    expect(await restore('not archiving', ['--archive-mode=off'])).toEqual({ status: 0, stderr: '' });
    await verifyBackup(server, join(folder, 'not archiving'));
    const restored = await Cluster.adopt(join(folder, 'not archiving'), server);
    await restored.start();
    expect(await restored.query('SHOW archive_mode')).toEqual([['off']]);
    await restored.dispose();
    const split = splitStage(join(folder, 'archiving'), ['-Fp']);
    const { stderrs } = await pipeline([{ command: 'cat', args: [stream] }, split]);
    expect(stderrs[1]).toBe(
      'bb-split: warning: a server that is started here writes to the archive of the original\n' +
        `bb-split: detail: The setting archive_command is "cp "%p" "${archive}/%f"".\n` +
        'bb-split: hint: Use --archive-mode=off, or --archive-mode=preserve if it takes the place of the original.\n',
    );
  });

  it.each([
    {
      name: 'a time before the start of the backup',
      target: () => `--target-time=${points.before}`,
      detail: () => `The target is ${points.before}, the backup starts at ${label.time}.`,
    },
    {
      name: 'an LSN before its start',
      target: () => '--target-lsn=0/100',
      detail: () => `The target is 0/100, the backup starts at ${formatLsn(label.start)}.`,
    },
    {
      name: 'an LSN before its end',
      target: () => `--target-lsn=${formatLsn(label.stop - 1n)}`,
      detail: () =>
        `The target is ${formatLsn(label.stop - 1n)}, the backup ends at ${formatLsn(label.stop)}.`,
    },
  ])('is refused to $name', async ({ name, target, detail }) => {
    const { status, stderr } = await restore(name, [target()]);
    const [message, ...remarks] = stderr?.split('\n') ?? [];
    expect(message).toMatch(/^bb-split: error: recovery target is before the (start|end) of the backup$/);
    expect(remarks).toEqual([
      `bb-split: detail: ${detail()}`,
      'bb-split: hint: Restore a backup that was taken before the target.',
      '',
    ]);
    expect(status).toBe(2);
    expect(existsSync(join(folder, name))).toBe(false);
  });

  it.skipIf(pgBasebackup === undefined)('begins with a tar of pg_basebackup as well', async () => {
    const options = ['-c', 'fast', '-Ft', '-X', 'fetch', '-D', '-'];
    const stage = { command: pgBasebackup ?? '', args: [...cluster.connectionOptions, ...options] };
    await pipelineOk([stage], { stdoutFile: stream });
    expect((await restore('early', [`--target-lsn=${points.lsn}`])).stderr).toContain('before the start');
    expect(await restore('late', [])).toEqual({ status: 0, stderr: '' });
    const restored = await startRecovered(join(folder, 'late'), server);
    expect(await restored.query('SELECT row FROM t')).toEqual(ROWS.map((row) => [row]));
    await restored.dispose();
  });
});
