/**
 * bb-combine --apply on backups of a server that works: a restored full backup is brought to the next incremental one,
 * and from there to the next. It must be what bb-combine makes of the chain, verify, and run with the last rows.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { run, runOk } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const FIRST_WITH_INCREMENTALS = 17;
const directory = temporaryFolder();
afterAll(() => removeFolder(directory));

const tested = servers().filter(({ major }) => major >= FIRST_WITH_INCREMENTALS);
if (tested.length === 0)
  console.warn('no server from version 17 on: bb-combine --apply is not tested with one');

/** What happens before each backup; the first is a full one. */
const WORK = [
  [
    'CREATE TABLE grows AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    'ALTER TABLE grows SET (fillfactor = 50)',
    'CREATE TABLE shrinks AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE TABLE leaving TABLESPACE leaves AS SELECT id FROM generate_series(1, 2000) AS id',
    'CREATE TABLE still TABLESPACE stays AS SELECT id FROM generate_series(1, 5000) AS id',
    'CREATE TABLE rewritten AS SELECT id, 0 AS n FROM generate_series(1, 3000) AS id',
    'CREATE DATABASE dropped',
  ],
  [
    'UPDATE grows SET n = 1 WHERE id % 5000 = 0',
    'INSERT INTO grows SELECT id, 1 FROM generate_series(20001, 30000) AS id',
    'DELETE FROM shrinks WHERE id > 50',
    'VACUUM shrinks',
    'ALTER TABLE leaving SET TABLESPACE pg_default',
    'DROP TABLESPACE leaves',
    'CREATE TABLE late TABLESPACE arrives AS SELECT id FROM generate_series(1, 5000) AS id',
    'DROP DATABASE dropped',
    'CREATE DATABASE logged STRATEGY wal_log',
  ],
  [
    'UPDATE grows SET n = 2 WHERE id % 7000 = 0',
    'INSERT INTO shrinks SELECT id FROM generate_series(1, 4000) AS id',
    'VACUUM FULL rewritten',
    'UPDATE still SET id = -id WHERE id = 5000',
    'INSERT INTO late VALUES (1)',
  ],
];
const SUMS = `SELECT ${[
  'sum(n) FROM grows',
  'count(*) FROM shrinks',
  'count(*) FROM leaving',
  'sum(id) FROM still',
  'count(*) FROM late',
  'sum(n) FROM rewritten',
]
  .map((sum) => `(SELECT ${sum})::int`)
  .join(', ')}`;
const TIMEOUT_MS = 300_000;

describe.each(tested)('bb-combine --apply with backups of PostgreSQL $version', (server) => {
  it(
    'brings a restored backup to the last one of the chain, step by step',
    async () => {
      const place = (name: string | number) => join(directory, `${server.major}-${name}`);
      const settings = { summarize_wal: 'on', autovacuum: 'off' };
      const cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
      await cluster.start();
      const locations = new Map<string, string>();
      const create = async (name: string) => locations.set(name, await cluster.createTablespace(name));
      await create('stays');
      await create('leaves');
      const [copy, combined] = [place('copy'), place('combined')];
      const moves = (to: string) =>
        [...locations].flatMap(([name, path]) => ['-T', mapping(path, `${to}-${name}`)]);
      const { command } = tool('bb-combine', []);
      for (const [number, statements] of WORK.entries()) {
        if (number === 1) await create('arrives');
        for (const statement of statements) await cluster.query(statement);
        if (number === 1) locations.delete('leaves');
        const incremental = number === 0 ? [] : ['-i', join(place(number - 1), 'backup_manifest')];
        await pipelineOk([streamStage(cluster, incremental), splitStage(place(number))]);
        if (number === 0) await pipelineOk([splitStage(copy, ['-Fp', ...moves(copy), place(number)])]);
        // The same options each time: tablespaces that are there may be named.
        else await runOk(command, ['--apply', '--verify', '-D', copy, ...moves(copy), place(number)]);
        await verifyBackup(server, copy);
      }
      const rows = await cluster.query(SUMS);
      await cluster.dispose();

      const chain = [...WORK.keys()].map(place);
      expect(await run(command, ['-N', '-D', combined, ...moves(combined), ...chain])).toMatchObject({
        status: 0,
      });
      expect(await comparePlain(copy, combined)).toEqual([]);
      expect(existsSync(join(copy, 'tablespace_map'))).toBe(false);

      const restored = await Cluster.adopt(copy, server);
      await restored.start();
      const found = await restored.query(SUMS);
      await restored.dispose();
      expect(found).toEqual(rows);
    },
    TIMEOUT_MS,
  );
});
