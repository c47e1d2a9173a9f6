/**
 * Backups of servers at work from their files: every transaction that was acknowledged before the end of the backup is in
 * the restore, whatever else was created, rewritten and dropped meanwhile; two backups at once, and standbys.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/postgres/lsn.ts';
import { amcheck } from '../support/amcheck.ts';
import { mapping, splitStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { DdlLoad } from '../support/ddl-load.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk, startPipeline } from '../support/pipeline.ts';
import { type Server, servers } from '../support/servers.ts';
import { startPrimary, startStandby, untilCaughtUp } from '../support/standby.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';
import { untilTrue } from '../support/wait.ts';
import { readBooks, Writer } from '../support/writer.ts';

const COMMITS = 100;

const online = (cluster: Cluster, options: readonly string[] = []) =>
  tool('bb-stream', [`--pgdata=${cluster.dataDirectory}`, '-U', 'postgres', '-c', 'fast', ...options]);

/** Starts what was restored and looks into the books; the end position is what bb-stream -v has told. */
async function check(data: string, server: Server, writer: Writer, told = ''): Promise<void> {
  const end = parseLsn(/end point: ([0-9A-F]+\/[0-9A-F]+)/.exec(told)?.[1] ?? '');
  expect(end).toBeDefined();
  await verifyBackup(server, data);
  const copy = await Cluster.adopt(data, server);
  try {
    await copy.start();
    const books = await readBooks(copy);
    expect(books.transactions).toBeGreaterThanOrEqual(writer.acknowledged(end));
    expect(books).toMatchObject({ gaps: 0, total: 0, wrongAccounts: 0 });
    await amcheck(copy);
  } finally {
    await copy.dispose();
  }
}

describe.each(servers())('the files of a busy server of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let location: string;
  let writer: Writer;
  let load: DdlLoad;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--data-checksums'], settings: { fsync: 'off' } });
    await cluster.start();
    location = await cluster.createTablespace('ledgers');
    writer = await Writer.start(cluster, { ledgerIn: 'ledgers' });
    load = await DdlLoad.start(cluster);
    await writer.commits(COMMITS);
  });
  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  it('are a good backup, and so are those of two backups at once', async () => {
    const take = (name: string, options: readonly string[]) => {
      // The load's own tablespace may be in the backup or not; where it is not, it is no error that it is not mapped.
      const target = join(folder, name);
      const ledgers = mapping(location, join(target, 'ledgers'));
      const relocate = tool('bb-relocate', ['-T', ledgers, `--all-into=${join(target, 'others')}`]);
      const verify = tool('bb-verify', ['--tee', '-q']);
      const split = splitStage(join(target, 'data'), ['-Fp']);
      return pipelineOk([online(cluster, ['-v', '-r', '30M', ...options]), verify, relocate, split]);
    };
    const rounds = load.rounds;
    const taken = await Promise.all([take('streamed', []), take('fetched', ['-X', 'fetch'])]);
    expect(load.rounds).toBeGreaterThan(rounds);
    await writer.commits(COMMITS);
    await load.stop();
    await writer.stop();
    await cluster.stop('immediate');
    await check(join(folder, 'streamed', 'data'), server, writer, taken[0]?.stderrs[0]);
    await check(join(folder, 'fetched', 'data'), server, writer, taken[1]?.stderrs[0]);
  });
});

describe('the files of a standby', () => {
  const server = servers()[0] as Server;
  const folder = temporaryFolder();
  let primary: Cluster;
  let standby: Cluster;

  beforeAll(async () => {
    primary = await startPrimary(server);
    await primary.query('CREATE TABLE t AS SELECT generate_series(1, 1000) AS id');
    standby = await startStandby(primary, join(folder, 'standby'));
    await primary.query('INSERT INTO t SELECT generate_series(1001, 2000)');
    await primary.query('CHECKPOINT');
    await untilCaughtUp(primary, standby);
  });
  afterAll(async () => {
    await standby?.dispose();
    await primary?.dispose();
    removeFolder(folder);
  });

  it.each(['stream', 'fetch'])('are a good backup with -X %s', async (method) => {
    const data = join(folder, method);
    await pipelineOk([
      online(standby, ['-X', method]),
      tool('bb-verify', ['--tee', '-q']),
      splitStage(data, ['-Fp']),
    ]);
    rmSync(join(data, 'standby.signal'));
    await verifyBackup(server, data);
    const copy = await Cluster.adopt(data, server);
    try {
      await copy.start();
      expect(await copy.query('SELECT count(*)::int, pg_is_in_recovery() FROM t')).toEqual([[2000, false]]);
    } finally {
      await copy.dispose();
    }
  });

  it('are no backup any more if it is promoted meanwhile', async () => {
    const running = startPipeline([online(standby, ['-r', '4M']), tool('bb-split', ['--list'])]);
    const sql = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%backup%start%' AND state = 'idle'";
    await untilTrue('the backup has begun', async () => (await standby.query(sql)).length > 0);
    await standby.query('SELECT pg_promote()');
    const { statuses, stderrs } = await running.finished;
    expect(statuses).toEqual([2, 1]);
    expect(stderrs[0]).toContain('the standby was promoted during online backup');
    expect(stderrs[1]).toContain('backup was aborted upstream');
  });
});
