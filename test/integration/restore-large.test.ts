/**
 * Large restores: many small relations, and a relation of more than one segment of 1 GiB. One server version is enough,
 * since nothing here depends on it.
 */

import { appendFileSync, existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { backUp } from '../support/backup.ts';
import { Cluster, type ClusterOptions } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { server } from '../support/servers.ts';
import { verifyBackup } from '../support/verify.ts';

const TIMEOUT_MS = 300_000;
const GIB = 1024 ** 3;
/** Enough for source and restore. */
const ROOM_BYTES = 4 * GIB;
const MEMORY_FOLDER = '/dev/shm';

const RELATIONS = 20_000;
/** The number of relations that fit into the lock table. */
const RELATIONS_A_TRANSACTION = 500;

/** Each row fills a page, so these are a segment and some pages more. */
const LARGE_ROWS = GIB / 8192 + 1000;
const FILLER_BYTES = 7900;

describe('a restore', () => {
  let tmpdir: string | undefined;

  beforeAll(() => {
    tmpdir = process.env.TMPDIR;
    if (hasRoom(MEMORY_FOLDER)) process.env.TMPDIR = MEMORY_FOLDER;
  });
  afterAll(() => {
    if (tmpdir === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = tmpdir;
  });

  it(`has all of ${RELATIONS} small relations`, { timeout: TIMEOUT_MS }, async () => {
    await restore({}, makeSmallRelations, async (copy) => {
      const sql = `SELECT count(*)::int, sum(pg_relation_size(oid))::int FROM pg_class WHERE relname LIKE 'small%'`;
      expect(await copy.query(sql)).toEqual([[RELATIONS, RELATIONS * 8192]]);
    });
  });

  it('has all segments of a large relation', { timeout: TIMEOUT_MS }, async () => {
    // Rows that are loaded into a new table are then not written to WAL.
    const settings = { wal_level: 'minimal', max_wal_senders: 0, shared_buffers: '256MB' };
    await restore({ settings }, makeLargeRelation, async (copy) => {
      const sql = "SELECT count(*)::int, sum(id)::float8, pg_relation_filepath('large') FROM large";
      const [[rows, sum, path = ''] = []] = await copy.query<[number, number, string]>(sql);
      expect([rows, sum]).toEqual([LARGE_ROWS, (LARGE_ROWS * (LARGE_ROWS + 1)) / 2]);
      const segments = [path, `${path}.1`].map((name) => statSync(join(copy.dataDirectory, name)).size);
      expect(segments).toEqual([GIB, LARGE_ROWS * 8192 - GIB]);
    });
  });
});

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ROOM_BYTES;
}

/** Fills a cluster, backs it up, restores and checks it, and calls back with the result. */
async function restore(
  options: ClusterOptions,
  fill: (cluster: Cluster) => Promise<void>,
  look: (copy: Cluster) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const cluster = await Cluster.create(options);
  try {
    await cluster.start();
    await fill(cluster);
    await backUp(cluster, data, { split: ['-Fp'], timeoutMs: TIMEOUT_MS });
    await verifyBackup(server(), data);
    await cluster.stop();
    const copy = await Cluster.adopt(data);
    await copy.start();
    await amcheck(copy);
    await look(copy);
    await copy.dispose();
  } finally {
    await cluster.dispose();
    removeFolder(folder);
  }
}

async function makeSmallRelations(cluster: Cluster): Promise<void> {
  await cluster.query(`
    DO $$ BEGIN
      FOR i IN 1 .. ${RELATIONS} LOOP
        EXECUTE format('CREATE TABLE small%s AS SELECT %s AS id', i, i);
        IF i % ${RELATIONS_A_TRANSACTION} = 0 THEN COMMIT; END IF;
      END LOOP;
    END $$`);
}

async function makeLargeRelation(cluster: Cluster): Promise<void> {
  await cluster.query(`
    BEGIN;
    CREATE TABLE large (id int, filler char(${FILLER_BYTES}) STORAGE PLAIN);
    INSERT INTO large SELECT id, 'x' FROM generate_series(1, ${LARGE_ROWS}) AS id;
    COMMIT`);
  await cluster.stop();
  appendFileSync(
    join(cluster.dataDirectory, 'postgresql.conf'),
    'wal_level = replica\nmax_wal_senders = 5\n',
  );
  await cluster.start();
}
