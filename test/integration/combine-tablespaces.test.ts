/**
 * Chains of backups, each with its own locations of tablespaces, combined by pg_combinebackup of the server's version.
 * It copies files that it does not know, also a tablespace_map with the locations of an earlier backup, which the
 * server would follow instead of the links.
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

/** The tools that move the tablespaces of a backup to their locations. */
type Mover = 'bb-split' | 'bb-relocate' | 'both';

/** The movers for each backup of a chain, the full one first. */
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

  /** Takes a backup after the given one, with its tablespaces beside it. */
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

/** The locations to which the tablespaces of a backup are moved. */
function tablespacesOf(data: string): string[] {
  return TABLESPACES.map((name) => `${data}-${name}`);
}

/** The -T options, which all three programs accept, that move tablespaces to the locations of a backup. */
function moves(from: readonly string[], data: string): string[] {
  return tablespacesOf(data).flatMap((to, number) => ['-T', mapping(from[number] ?? '', to)]);
}

/** The contents of backups and their tablespaces. */
function treesOf(backups: readonly string[]): Promise<unknown[]> {
  return Promise.all(backups.flatMap((data) => [data, ...tablespacesOf(data)]).map((root) => tree(root)));
}
