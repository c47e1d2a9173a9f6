/**
 * Chains of backups whose tablespaces each lie elsewhere, combined by the pg_combinebackup of the server's version:
 * PostgreSQL's own reader of our data directories. It copies what it does not know: a tablespace_map that names the
 * directories of an earlier backup would come along, and the server follows it rather than links.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { tree } from '../support/tree.ts';
import { verifyBackup } from '../support/verify.ts';

/** What moves the tablespaces of a backup to where they are stored. */
type Mover = 'bb-split' | 'bb-relocate' | 'both';

/** The movers of the backups of a chain, the full one first. */
const CHAINS: readonly { movers: readonly Mover[] }[] = [
  { movers: ['bb-split', 'bb-relocate'] },
  { movers: ['bb-relocate', 'both', 'bb-split'] },
];
const TABLESPACES = ['left', 'right side'];
const NOWHERE = '/proc/none/data';

const directory = temporaryFolder();
afterAll(() => removeFolder(directory));

const combines = (server: Server) => ownTool('pg_combinebackup', server) !== undefined;
// A file must have a test; this one is reported as skipped.
describe.skipIf(servers().some(combines))('without a pg_combinebackup beside its server', () => {
  it.todo('no chain is combined');
});

describe.each(servers().filter(combines))('pg_combinebackup of PostgreSQL $version', (server) => {
  let cluster: Cluster;
  let locations: readonly string[];

  beforeAll(async () => {
    const settings = { summarize_wal: 'on', autovacuum: 'off' };
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'], settings });
    await cluster.start();
    locations = await Promise.all(TABLESPACES.map((name) => cluster.createTablespace(name)));
    for (const [number, name] of TABLESPACES.entries()) {
      await cluster.query(
        `CREATE TABLE t${number} TABLESPACE "${name}" AS SELECT id, 0 AS n FROM generate_series(0, 20000) AS id`,
      );
    }
  });
  afterAll(() => cluster.dispose());

  /** Takes a backup after the one given, with its tablespaces beside it. */
  async function take(data: string, mover: Mover, previous: string | undefined): Promise<void> {
    const incremental = previous === undefined ? [] : ['-i', join(previous, 'backup_manifest')];
    const stages = {
      'bb-split': [splitStage(data, ['-Fp', ...moves(locations, data)])],
      'bb-relocate': [tool('bb-relocate', moves(locations, data)), splitStage(data, ['-Fp'])],
      both: [
        tool('bb-relocate', moves(locations, NOWHERE)),
        splitStage(data, ['-Fp', ...moves(tablespacesOf(NOWHERE), data)]),
      ],
    };
    await pipelineOk([streamStage(cluster, incremental), ...stages[mover]]);
  }

  describe.each(CHAINS)('makes one cluster of backups moved by $movers', ({ movers }) => {
    const place = (part: string | number) =>
      join(directory, String(server.major), movers.join(' '), String(part));
    const backups = movers.map((_, number) => place(number));
    const last = backups.at(-1) ?? '';
    const combined = place('combined');
    let before: unknown[];

    beforeAll(async () => {
      for (const [number, mover] of movers.entries()) {
        await cluster.query(
          TABLESPACES.map((_, t) => `UPDATE t${t} SET n = 1 WHERE id = ${number}`).join(';'),
        );
        await take(place(number), mover, backups[number - 1]);
      }
      before = await treesOf(backups);
      const args = [...moves(tablespacesOf(last), combined), ...backups, '-o', combined];
      await runOk(ownTool('pg_combinebackup', server) ?? '', args);
    });

    it('of which each verifies, and has no tablespace_map', async () => {
      for (const data of backups) {
        expect(existsSync(join(data, 'tablespace_map'))).toBe(false);
        expect(readFileSync(join(data, 'backup_manifest'), 'utf8')).not.toContain('tablespace_map');
        await verifyBackup(server, data);
      }
    });

    it('that both verifiers accept', async () => {
      await verifyBackup(server, combined);
    });

    it('that runs in directories of its own, with the rows of the last backup', async () => {
      const restored = await Cluster.adopt(combined, server);
      await restored.start();
      const found = await restored.query(
        "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname !~ '^pg_' ORDER BY spcname",
      );
      for (const number of TABLESPACES.keys()) {
        expect(await restored.query(`SELECT count(*)::int, sum(n)::int FROM t${number}`)).toEqual([
          [20001, await changedRows(number)],
        ]);
        await restored.query(`DELETE FROM t${number}`);
      }
      await restored.stop();
      await restored.dispose();
      expect(found).toEqual(tablespacesOf(combined).map((location) => [location]));
    });

    it('and leaves the backups as they were', async () => {
      expect(await treesOf(backups)).toEqual(before);
    });
  });

  async function changedRows(number: number): Promise<unknown> {
    return (await cluster.query(`SELECT sum(n)::int FROM t${number}`))[0]?.[0];
  }
});

/** Where the tablespaces of a backup are moved. */
function tablespacesOf(data: string): string[] {
  return TABLESPACES.map((name) => `${data}-${name}`);
}

/** The -T options, which all three programs take, that move tablespaces to where those of a backup lie. */
function moves(from: readonly string[], data: string): string[] {
  return tablespacesOf(data).flatMap((to, number) => ['-T', mapping(from[number] ?? '', to)]);
}

/** All that backups and their tablespaces hold. */
function treesOf(backups: readonly string[]): Promise<unknown[]> {
  return Promise.all(backups.flatMap((data) => [data, ...tablespacesOf(data)]).map((root) => tree(root)));
}
