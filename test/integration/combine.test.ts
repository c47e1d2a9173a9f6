/**
 * bb-combine against pg_combinebackup of the server's version: chains of real backups of a server that works, with all
 * that changes relation files, combined by both. Every file must be the same byte for byte, but for the manifest,
 * whose times differ, and the result must verify and run.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { run, runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { tree } from '../support/tree.ts';
import { verifyBackup } from '../support/verify.ts';

const directory = temporaryFolder();
afterAll(() => removeFolder(directory));

const combines = (server: Server) => ownTool('pg_combinebackup', server) !== undefined;
const tested = servers().filter(combines);
if (tested.length === 0) console.warn('no pg_combinebackup beside its server: bb-combine is not compared');
// A file must have a test; this one is reported as skipped.
describe.skipIf(tested.length > 0)('without a pg_combinebackup beside its server', () => {
  it.todo('nothing is compared');
});

/** What happens before each backup. */
const WORK: readonly (readonly string[])[] = [
  [
    'CREATE TABLE grows AS SELECT id, 0 AS n FROM generate_series(1, 30000) AS id',
    'CREATE TABLE shrinks AS SELECT id FROM generate_series(1, 50000) AS id',
    'CREATE TABLE goes AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE TABLE rewritten AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    'CREATE TABLE emptied AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE UNLOGGED TABLE unlogged AS SELECT id FROM generate_series(1, 1000) AS id',
    'CREATE TABLE still AS SELECT id FROM generate_series(1, 20000) AS id',
    'CREATE TABLE elsewhere TABLESPACE stays AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    "CREATE TABLESPACE inside LOCATION ''",
    'CREATE TABLE inner_one TABLESPACE inside AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id',
    'CREATE TABLE leaving TABLESPACE leaves AS SELECT id FROM generate_series(1, 9000) AS id',
  ],
  [
    'UPDATE grows SET n = 1 WHERE id % 3000 = 0',
    'INSERT INTO grows SELECT id, 1 FROM generate_series(30001, 33000) AS id',
    'UPDATE elsewhere SET n = 1 WHERE id = 77',
    'UPDATE inner_one SET n = 1 WHERE id = 77',
    'DELETE FROM shrinks WHERE id > 9000',
    'VACUUM shrinks',
    'TRUNCATE emptied',
    'DROP TABLE goes',
    'CREATE DATABASE copied STRATEGY file_copy',
    'CREATE DATABASE logged STRATEGY wal_log',
  ],
  [
    'UPDATE grows SET n = 2 WHERE id % 7000 = 0',
    'INSERT INTO shrinks SELECT id FROM generate_series(1, 4000) AS id',
    'INSERT INTO emptied SELECT id FROM generate_series(1, 100) AS id',
    'UPDATE rewritten SET n = 1 WHERE id < 100',
    'VACUUM FULL rewritten',
    'ALTER TABLE leaving SET TABLESPACE pg_default',
    'DROP TABLESPACE leaves',
    'CREATE TABLE late TABLESPACE arrives AS SELECT id FROM generate_series(1, 5000) AS id',
  ],
  [
    'UPDATE grows SET n = 3 WHERE id = 31000',
    'UPDATE rewritten SET n = 3 WHERE id = 1',
    'DROP DATABASE copied',
  ],
];
const SUMS = `SELECT ${[
  'sum(n) FROM grows',
  'count(*) FROM shrinks',
  'count(*) FROM emptied',
  'sum(n) FROM rewritten',
  'count(*) FROM leaving',
  'count(*) FROM still',
  'sum(n) FROM elsewhere',
  'sum(n) FROM inner_one',
]
  .map((sum) => `(SELECT ${sum})::int`)
  .join(', ')}`;

/** How a backup is kept for bb-combine. */
const FORMS = ['stream', 'zstd', 'plain', 'tar'] as const;
/** For the server's work and its backups, on a machine that is busy. */
const TIMEOUT_MS = 300_000;

describe.each(tested)('bb-combine with backups of PostgreSQL $version', (server) => {
  const place = (...parts: readonly (string | number)[]) =>
    join(directory, String(server.major), parts.join('-'));
  let cluster: Cluster;
  const locations = new Map<string, string>();
  /** Of each backup, where its tablespaces are. */
  const spacesOf: string[][] = [];
  /** What the tables hold in the last backup. */
  let rows: unknown[];

  beforeAll(async () => {
    await runOk('mkdir', ['-p', place('.')]);
    const settings = { summarize_wal: 'on', autovacuum: 'off', allow_in_place_tablespaces: 'on' };
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
    await cluster.start();
    const create = async (name: string) => locations.set(name, await cluster.createTablespace(name));
    await create('stays');
    await create('leaves');
    for (const [number, statements] of WORK.entries()) {
      if (number === 2) {
        await create('arrives');
        locations.delete('leaves');
      }
      for (const statement of statements) await cluster.query(statement);
      await keep(number);
      spacesOf.push([...locations.values()]);
    }
    rows = await cluster.query(SUMS);
  }, TIMEOUT_MS);
  afterAll(() => cluster.dispose());

  /** Takes a backup and keeps it as a stream, as archives, compressed, and unpacked. */
  async function keep(number: number): Promise<void> {
    const incremental = number === 0 ? [] : ['-i', join(place(number - 1, 'tar'), 'backup_manifest')];
    const stream = place(number, 'stream');
    await pipelineOk([streamStage(cluster, incremental)], { stdoutFile: stream });
    const stored = (name: string) => splitStage(place(number, name), []);
    await runOk(stored('tar').command, [...(stored('tar').args ?? []), stream]);
    const compress = tool('bb-compress', ['-Z', 'zstd', stream]);
    await pipelineOk([compress, stored('zstd')]);
    const plain = splitStage(place(number, 'plain'), [
      '-Fp',
      ...moves(locations.values(), place(number, 'plain')),
      stream,
    ]);
    await runOk(plain.command, plain.args ?? []);
  }

  it.each([{ last: 1 }, { last: 2 }, { last: 3 }])(
    'makes of backups 0 to $last what pg_combinebackup makes',
    async ({ last }) => {
      const backups = Array.from({ length: last + 1 }, (_, number) => number);
      const [ours, theirs] = [place('ours', last), place('theirs', last)];
      const plain = backups.map((number) => place(number, 'plain'));
      const locations = spacesOf[last] ?? [];
      const unpacked = locations.map((path) => moved(path, place(last, 'plain')));
      await runOk(ownTool('pg_combinebackup', server) ?? '', [
        ...moves(unpacked, theirs),
        ...plain,
        '-o',
        theirs,
      ]);
      const forms = backups.map((number) => FORMS[(number + last) % FORMS.length] ?? '');
      const places = backups.map((number) => place(number, forms[number] ?? ''));
      const from = forms[last] === 'plain' ? unpacked : locations;
      const { command, args = [] } = tool('bb-combine', ['-N', '-D', ours, ...moves(from, ours), ...places]);
      const { status, stderr } = await run(command, args);
      expect([status, stderr]).toEqual([0, '']);
      expect(await comparePlain(ours, theirs)).toEqual([]);
      const [one, other] = [await tree(ours), await tree(theirs)];
      for (const name of ['backup_label', 'global/pg_control'])
        expect(one.get(name)).toEqual(other.get(name));
      await verifyBackup(server, ours);
    },
  );

  it.each([{ last: 2 }, { last: 3 }])(
    'makes of backups 0 to $last a stream that verifies, and is extracted to the same',
    async ({ last }) => {
      const forms = Array.from(
        { length: last + 1 },
        (_, number) => FORMS[(number + last) % FORMS.length] ?? '',
      );
      const places = forms.map((form, number) => place(number, form));
      const locations = spacesOf[last] ?? [];
      const unpacked = locations.map((path) => moved(path, place(last, 'plain')));
      const streamed = place('streamed', last);
      const from = forms[last] === 'plain' ? unpacked : locations;
      const { stderrs } = await pipelineOk([
        tool('bb-combine', places),
        tool('bb-verify', ['--tee']),
        splitStage(streamed, ['-N', '-Fp', ...moves(from, streamed)]),
      ]);
      expect(stderrs[0]).toBe('');
      expect(stderrs[1]).toContain('backup successfully verified');
      expect(await comparePlain(streamed, place('ours', last))).toEqual([]);
      const [one, other] = [await tree(streamed), await tree(place('ours', last))];
      for (const name of ['backup_label', 'global/pg_control'])
        expect(one.get(name)).toEqual(other.get(name));
      await verifyBackup(server, streamed);
    },
  );

  it('makes a cluster that runs, with the rows of the last backup', async () => {
    const restored = await Cluster.adopt(place('ours', 3), server);
    await restored.start();
    const found = await restored.query(SUMS);
    const tablespaces = await restored.query(
      "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE oid > 16383 AND spcname <> 'inside'",
    );
    await restored.dispose();
    expect(found).toEqual(rows);
    expect(tablespaces.flat().sort()).toEqual(
      spacesOf[3]?.map((path) => moved(path, place('ours', 3))).sort(),
    );
  });
});

function moved(location: string, data: string): string {
  return `${data}-${/[a-z]+$/.exec(location)?.[0]}`;
}

/** The -T options that move tablespaces beside a data directory. */
function moves(from: Iterable<string>, data: string): string[] {
  return [...from].flatMap((path) => ['-T', mapping(path, moved(path, data))]);
}
