/**
 * bb-combine against pg_combinebackup of the server's version: chains of real backups of a server that works, with all
 * that changes relation files, combined by both. Every file must be the same byte for byte, but for the manifest,
 * whose times differ, and the result must verify and run. It must also be what the server itself has, which was stopped
 * after the last backup.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { splitStage } from '../support/backup.ts';
import { BACKUPS, BusyChain, moved, moves, tablesOf } from '../support/busy-chain.ts';
import { Cluster } from '../support/cluster.ts';
import { compareDataDirectory, comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { run, runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';
import { readBooks } from '../support/writer.ts';

const directory = temporaryFolder();
afterAll(() => removeFolder(directory));

const combines = (server: Server) => ownTool('pg_combinebackup', server) !== undefined;
const tested = servers().filter(combines);
if (tested.length === 0) console.warn('no pg_combinebackup beside its server: bb-combine is not compared');
// A file must have a test; this one is reported as skipped.
describe.skipIf(tested.length > 0)('without a pg_combinebackup beside its server', () => {
  it.todo('nothing is compared');
});

/** For the server's work and its backups, on a machine that is busy. */
const TIMEOUT_MS = 300_000;
/** What a server writes when it stops. */
const WRITTEN_AT_THE_END = /^pg_stat\//;

/** Of each backup that is combined, its number and whether it is read unpacked or in its own form. */
type Choice = readonly [number: number, form: 'plain' | 'own'];

/** Chains, and options of bb-combine. */
const CHAINS: readonly { choices: readonly Choice[]; last: number; options: readonly string[] }[] = [
  {
    choices: [
      [0, 'own'],
      [1, 'own'],
      [2, 'plain'],
    ],
    last: 2,
    options: ['--manifest-checksums=CRC32C'],
  },
  {
    choices: [
      [0, 'own'],
      [1, 'plain'],
      [2, 'own'],
      [3, 'own'],
      [4, 'own'],
    ],
    last: 4,
    options: [],
  },
];
const LAST = BACKUPS - 1;

describe.each(tested)('bb-combine with backups of PostgreSQL $version', (server) => {
  const place = (...parts: readonly (string | number)[]) =>
    join(directory, String(server.major), parts.join('-'));
  let chain: BusyChain;

  beforeAll(async () => {
    await runOk('mkdir', ['-p', place('.')]);
    chain = await BusyChain.take(server, place('.'));
  }, TIMEOUT_MS);
  afterAll(() => chain.cluster.dispose());

  const places = (choices: readonly Choice[]) => choices.map(([number, form]) => chain.place(number, form));

  /** The options that move the tablespaces of the last backup, which are beside it if it is unpacked. */
  function moveOptions(choices: readonly Choice[], target: string): string[] {
    const [number, form] = choices.at(-1) ?? [0, 'plain'];
    const locations = chain.spaces[number] ?? [];
    const unpacked = locations.map((path) => moved(path, chain.place(number, 'plain')));
    return moves(form === 'plain' ? unpacked : locations, target);
  }

  async function expectSame(ours: string, theirs: string): Promise<void> {
    expect(await comparePlain(ours, theirs)).toEqual([]);
    for (const name of ['backup_label', 'global/pg_control'])
      expect(readFileSync(join(ours, name)).equals(readFileSync(join(theirs, name)))).toBe(true);
  }

  it.each(CHAINS)('makes of backups 0 to $last what pg_combinebackup makes', async ({ choices, last }) => {
    const [ours, theirs] = [place('ours', last), place('theirs', last)];
    const plain = choices.map(([number]): Choice => [number, 'plain']);
    const combine = ownTool('pg_combinebackup', server) ?? '';
    await runOk(combine, [...moveOptions(plain, theirs), ...places(plain), '-o', theirs]);
    const { command, args = [] } = tool('bb-combine', [
      '-N',
      '-D',
      ours,
      ...moveOptions(choices, ours),
      ...places(choices),
    ]);
    const { status, stderr } = await run(command, args);
    expect([status, stderr]).toEqual([0, '']);
    await expectSame(ours, theirs);
    await verifyBackup(server, ours);
    removeFolder(theirs);
  });

  it.each(CHAINS)(
    'makes of backups 0 to $last a stream that verifies, and is extracted to the same',
    async ({ choices, last, options }) => {
      const streamed = place('streamed', last);
      const { stderrs } = await pipelineOk([
        tool('bb-combine', [...options, ...places(choices)]),
        tool('bb-verify', ['--tee']),
        splitStage(streamed, ['-Fp', ...moveOptions(choices, streamed)]),
      ]);
      expect(stderrs[0]).toBe('');
      expect(stderrs[1]).toContain('backup successfully verified');
      await expectSame(streamed, place('ours', last));
    },
  );

  it('makes the files that the server has, which has stopped', async () => {
    const differences = await compareDataDirectory(place('ours', LAST), chain.cluster.dataDirectory);
    expect(differences.filter((difference) => !WRITTEN_AT_THE_END.test(difference))).toEqual([]);
  });

  it('makes a cluster that runs, with the rows of the last backup', async () => {
    const restored = await Cluster.adopt(place('ours', LAST), server);
    await restored.start();
    const found = await tablesOf(restored);
    const books = await readBooks(restored);
    const tablespaces = await restored.query(
      "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE oid > 16383 AND spcname <> 'inside'",
    );
    await amcheck(restored);
    await restored.dispose();
    expect(found).toEqual(chain.tables);
    expect(books).toMatchObject({ gaps: 0, total: 0, wrongAccounts: 0 });
    expect(books.transactions).toBeGreaterThan(0);
    expect(tablespaces.flat().sort()).toEqual(
      chain.spaces[LAST]?.map((path) => moved(path, place('ours', LAST))).sort(),
    );
  });
});
