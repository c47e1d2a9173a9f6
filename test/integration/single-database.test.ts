/**
 * A restore of one database of a cluster: a server is started from it, replays the WAL of all databases, serves the one
 * that was restored, and drops the others.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { startArchiving, startRecovered, untilArchived } from '../support/archiving.ts';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { anyServer } from '../support/servers.ts';

describe.each(anyServer())('a single database of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const archive = join(folder, 'archive');
  const stream = join(folder, 'stream');
  let cluster: Cluster;
  let location: string;
  /** The OIDs of the databases, by name. */
  let oids: Map<string, number>;

  beforeAll(async () => {
    cluster = await startArchiving(server, archive);
    location = await cluster.createTablespace('space');
    await makeDatabases();
    await pipelineOk([streamStage(cluster)], { stdoutFile: stream });
    await changeDatabases();
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  /** Also creates dead rows with the same names, and a catalog in another file than its first one. */
  async function makeDatabases(): Promise<void> {
    for (const sql of ['VACUUM FULL pg_database', 'CREATE DATABASE app', 'DROP DATABASE app'])
      await cluster.query(sql);
    for (const name of ['app', 'other', 'third']) await cluster.query(`CREATE DATABASE ${name}`);
    await cluster.query('ALTER DATABASE third RENAME TO "größer"');
    for (const name of ['app', 'other']) {
      await queryIn(name, 'CREATE TABLE t (id int PRIMARY KEY, filler text)');
      await queryIn(name, 'CREATE TABLE u (id int PRIMARY KEY) TABLESPACE space');
      await fill(name, 1, 1000);
    }
    const rows = await cluster.query<[string, number]>('SELECT datname, oid::int FROM pg_database');
    oids = new Map(rows);
  }

  /** Writes WAL for all databases after the backup. */
  async function changeDatabases(): Promise<void> {
    for (const name of ['app', 'other']) {
      await fill(name, 1001, 1500);
      await queryIn(name, 'DELETE FROM t WHERE id % 7 = 0');
      await queryIn(name, 'CREATE TABLE later AS SELECT * FROM t');
    }
    await untilArchived(cluster, archive);
  }

  async function fill(name: string, from: number, to: number): Promise<void> {
    const series = `generate_series(${from}, ${to}) AS id`;
    await queryIn(name, `INSERT INTO t SELECT id, repeat('x', 100) FROM ${series}`);
    await queryIn(name, `INSERT INTO u SELECT id FROM ${series}`);
  }

  async function queryIn(database: string, sql: string, on = cluster): Promise<unknown[][]> {
    const client = await on.connect({ database });
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  async function restore(name: string, options: readonly string[]) {
    const space = mapping(location, join(folder, name, 'space'));
    const split = splitStage(join(folder, name, 'data'), ['-Fp', '-T', space, '-v', ...options]);
    const { statuses, stderrs } = await pipeline([{ command: 'cat', args: [stream] }, split]);
    return { status: statuses[1], stderr: stderrs[1] ?? '', data: join(folder, name, 'data') };
  }

  const RECOVERY = ['--recovery', `--restore-command=cp ${archive}/%f %p`];

  it.each([
    { by: 'OID', options: () => [`--database=${oids.get('app')}`], rows: 1000 },
    { by: 'name, to the end of the archive', options: () => ['--database=app', ...RECOVERY], rows: 1286 },
  ])('by its $by, serves while the others are dropped', async ({ by, options, rows }) => {
    const { status, stderr, data } = await restore(by, options());
    // The other one was renamed, so its name is not certain.
    expect(stderr).toMatch(/^bb-split: left databases empty: (other, \S+|\S+, other)$/m);
    expect(status).toBe(0);
    expect(blocksBelow(join(folder, by), `${oids.get('app')}`)).toBeGreaterThan(10_000);
    expect(blocksBelow(join(folder, by), `${oids.get('other')}`)).toBeLessThan(100);
    const copy = await startRecovered(data, server);
    expect(await queryIn('app', 'SELECT count(*)::int FROM t', copy)).toEqual([[rows]]);
    await expect(queryIn('other', 'SELECT 1', copy)).rejects.toThrow('contains invalid data');
    for (const name of ['other', '"größer"']) await copy.query(`DROP DATABASE ${name}`);
    await copy.query('CREATE DATABASE other');
    await copy.stop('immediate');
    await copy.start();
    await amcheck(copy);
    expect(copy.logTail(1000)).not.toMatch(/PANIC|invalid page/);
    await copy.dispose();
  });

  it('is refused if there is none of its name, as it was when the backup was taken', async () => {
    const { status, stderr, data } = await restore('third', ['--database=third']);
    expect(stderr).toContain(
      'bb-split: error: the backup has no database "third"\nbb-split: detail: Its databases are ',
    );
    expect(status).toBe(2);
    expect(existsSync(data)).toBe(false);
  });
});

/** The disk space of the files in directories of this name, in blocks of 512 bytes. */
function blocksBelow(folder: string, name: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && basename(entry.parentPath) === name);
  return files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).blocks, 0);
}
