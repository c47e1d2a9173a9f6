/**
 * A relation of more than 1 GiB, in segments: it grows into its second segment, and is cut back into the first, between
 * backups. Most of it are pages that have never been used, so that it takes no room where files can have holes.
 */

import { closeSync, existsSync, ftruncateSync, openSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { giveToServer } from '../support/account.ts';
import { splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { ownTool, type Server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const SEGMENT_BYTES = 2 ** 30;
const PAGES_AFTER = 8;
const TIMEOUT_MS = 300_000;

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));
const place = (name: string | number) => join(folder, String(name));

const combines = (server: Server) => ownTool('pg_combinebackup', server) !== undefined;
// One version is enough for what is a matter of numbers.
const tested = servers().filter(combines).slice(-1);
describe.skipIf(tested.length > 0)('without a pg_combinebackup beside its server', () => {
  it.todo('no relation of several segments is combined');
});

/** Makes a relation longer, as the file system sees it: pages of zeros are new ones. */
async function extend(cluster: Cluster, table: string): Promise<void> {
  const [[path = ''] = []] = await cluster.query<[string]>(`SELECT pg_relation_filepath('${table}')`);
  await cluster.stop();
  const file = join(cluster.dataDirectory, path);
  truncateSync(file, SEGMENT_BYTES);
  const fd = openSync(`${file}.1`, 'w', 0o600);
  ftruncateSync(fd, PAGES_AFTER * 8192);
  closeSync(fd);
  giveToServer(`${file}.1`);
  await cluster.start();
}

/** Combines the first backups by both programs, and compares. Returns the lengths of the segments. */
async function combine(server: Server, backups: number, table: string): Promise<number[]> {
  const places = Array.from({ length: backups }, (_, number) => place(number));
  const [ours, theirs] = [place('ours'), place('theirs')];
  const { command, args = [] } = tool('bb-combine', ['-N', '-D', ours, ...places]);
  await runOk(command, args, { timeoutMs: TIMEOUT_MS });
  await runOk(ownTool('pg_combinebackup', server) ?? '', ['-N', '-o', theirs, ...places], {
    timeoutMs: TIMEOUT_MS,
  });
  const segments = [table, `${table}.1`].filter((name) => existsSync(join(theirs, name)));
  // Other files are compared elsewhere, and hashes of 1 GiB take their time.
  for (const name of segments) await runOk('cmp', [join(ours, name), join(theirs, name)]);
  const verify = tool('bb-verify', ['-q', ours]);
  await runOk(verify.command, verify.args ?? [], { timeoutMs: TIMEOUT_MS });
  removeFolder(theirs);
  return segments.map((name) => statSync(join(ours, name)).size);
}

describe.each(tested)('a relation of PostgreSQL $version of more than 1 GiB', (server) => {
  it(
    'is combined as by pg_combinebackup, while it grows and is cut back',
    async () => {
      const cluster = await Cluster.create({
        server,
        initdb: ['--wal-segsize=1'],
        settings: { summarize_wal: 'on', autovacuum: 'off' },
      });
      try {
        await cluster.start();
        await cluster.query('CREATE TABLE t AS SELECT id, 0 AS n FROM generate_series(1, 20000) AS id');
        await extend(cluster, 't');
        const [[table = ''] = []] = await cluster.query<[string]>("SELECT pg_relation_filepath('t')");
        const take = async (number: number) => {
          const incremental = number === 0 ? [] : ['-i', join(place(number - 1), 'backup_manifest')];
          await pipelineOk([
            streamStage(cluster, incremental),
            splitStage(place(number), ['-Fp', '--sparse']),
          ]);
        };
        await take(0);
        // The last page is the first that is tried: it is in the second segment.
        await cluster.query('INSERT INTO t SELECT id, 1 FROM generate_series(1, 5000) AS id');
        await cluster.query("UPDATE t SET n = 2 WHERE ctid = '(0,7)'");
        await take(1);
        const [first, second = 0] = await combine(server, 2, table);
        expect(first).toBe(SEGMENT_BYTES);
        expect(second).toBeGreaterThan(PAGES_AFTER * 8192);
        removeFolder(place('ours'));
        await cluster.query('DELETE FROM t WHERE id > 100 OR n > 0');
        await cluster.query('VACUUM t');
        await take(2);
        const rows = await cluster.query('SELECT count(*)::int, sum(n)::int FROM t');
        const [left = 0, empty = 0] = await combine(server, 3, table);
        expect(left).toBeLessThan(100 * 8192);
        expect(empty).toBe(0);
        const restored = await Cluster.adopt(place('ours'), server);
        await restored.start();
        expect(await restored.query('SELECT count(*)::int, sum(n)::int FROM t')).toEqual(rows);
        await restored.dispose();
      } finally {
        await cluster.dispose();
      }
    },
    TIMEOUT_MS,
  );
});
