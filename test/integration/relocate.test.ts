/**
 * bb-relocate on real backups: it moves the tablespaces of a cluster, with awkward locations, to new locations. The
 * result verifies, and a server started from it has its tables there, also after a restart and after a crash.
 */

import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTablespaceMap } from '../../lib/postgres/tablespace-map.ts';
import { serverAccount } from '../support/account.ts';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { compareDataDirectory } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type PipelineResult, pipelineOk, type Stage } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { anyServer, clientTool } from '../support/servers.ts';
import { readPlaces, readTables, relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const VERIFY = tool('bb-verify', ['--tee', '-q']);

/** Starts a server on a restored data directory, and checks tables and locations, also after a restart and a crash. */
async function expectAt(
  restored: string,
  source: Cluster,
  places: ReadonlyMap<string, string>,
): Promise<void> {
  const copy = await Cluster.adopt(restored, source.server);
  try {
    await copy.start();
    const tables = new Map(await readTables(source));
    expect(tables.size).toBeGreaterThan(4);
    expect(await readTables(copy)).toEqual(tables.set('table in equal, unlogged', '0 rows, 0'));
    for (const stop of ['fast', 'immediate'] as const) {
      expect(await readPlaces(copy)).toEqual(new Map([...places].sort()));
      await copy.query(
        'CREATE TABLE IF NOT EXISTS later (id int) TABLESPACE unicode; INSERT INTO later VALUES (1)',
      );
      await copy.stop(stop);
      await copy.start();
    }
    expect(await readPlaces(copy)).toEqual(new Map([...places].sort()));
    expect(await copy.query('SELECT count(*)::int FROM later')).toEqual([[2]]);
  } finally {
    await copy.dispose();
  }
}

/** Unpacks as users do: each archive into its directory, without links, which the server creates. */
async function untar(archives: string, data: string, places: ReadonlyMap<number, string>): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  await runOk('tar', ['-xf', join(archives, 'base.tar'), '-C', data]);
  await runOk('tar', ['-xf', join(archives, 'pg_wal.tar'), '-C', join(data, 'pg_wal')]);
  for (const name of readdirSync(archives).filter((file) => /^\d+\.tar$/.test(file))) {
    const oid = Number.parseInt(name, 10);
    const place = places.get(oid) ?? join(data, 'pg_tblspc', String(oid));
    mkdirSync(place, { recursive: true });
    await runOk('tar', ['-xf', join(archives, name), '-C', place]);
    await giveToServers(place);
  }
}

/** Cluster.adopt() does not change tablespaces to which there are no links yet. */
async function giveToServers(place: string): Promise<void> {
  const account = serverAccount();
  if (account !== undefined) await runOk('chown', ['-R', `${account.uid}:${account.gid}`, place]);
}

describe.each(anyServer())('bb-relocate on a backup of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const recording = join(folder, 'recording');
  const pgBasebackup = clientTool('pg_basebackup', server);
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];
  let oids: ReadonlyMap<string, number>;

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    oids = new Map(await cluster.query<[string, number]>('SELECT spcname, oid::int FROM pg_tablespace'));
    await pipelineOk([streamStage(cluster)], { stdoutFile: recording });
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  const oidOf = (name: string) => oids.get(name) ?? 0;
  const recorded = (...stages: readonly Stage[]): Promise<PipelineResult> =>
    pipelineOk([{ command: 'cat', args: [recording] }, ...stages]);

  it('lists the tablespaces', async () => {
    const { stdout } = await pipelineOk([tool('bb-relocate', ['--list'])], {
      stdin: readFileSync(recording),
    });
    const lines = stdout.toString().trimEnd().split('\n');
    const rows = new Map(lines.map((line) => [Number.parseInt(line, 10), line.split('\t')]));
    for (const { name, location } of tablespaces) {
      const [, shown = '', bytes] = rows.get(oidOf(name)) ?? [];
      expect(shown.startsWith('"') ? JSON.parse(shown) : shown).toBe(location);
      expect(Number(bytes)).toBeGreaterThan(name === 'empty' ? -1 : 500_000);
    }
  });

  describe('into a data directory', () => {
    const restored = join(folder, 'plain', 'data');
    let places: ReadonlyMap<string, string>;

    beforeAll(async () => {
      const relocation = relocate(tablespaces, join(folder, 'plain'));
      places = relocation.places;
      await pipelineOk([
        streamStage(cluster),
        tool('bb-relocate', relocation.options),
        VERIFY,
        splitStage(restored, ['-Fp']),
      ]);
    });

    it('has all that the server has, and nothing else', async () => {
      expect(await compareDataDirectory(restored, cluster.dataDirectory)).toEqual([]);
    });

    it('is what its manifest says', async () => {
      await verifyBackup(server, restored);
    });

    it('starts with its tablespaces in the new places', async () => {
      await expectAt(restored, cluster, places);
    });
  });

  describe('into archives that are unpacked by hand', () => {
    const archives = join(folder, 'archives');
    const into = join(folder, 'all into');
    const special = join(folder, 'special=place');

    beforeAll(async () => {
      const mappings = [`--all-into=${into}`, `--oid=${oidOf('equal')}=${special.replace('=', '\\=')}`];
      await recorded(tool('bb-relocate', mappings), VERIFY, splitStage(archives));
    });

    it('verifies', async () => {
      await pipelineOk([tool('bb-verify', [archives])]);
    });

    it('starts with its tablespaces in the new places', async () => {
      const byName = new Map(
        tablespaces.map(({ name }) => [name, name === 'equal' ? special : join(into, String(oidOf(name)))]),
      );
      const data = join(folder, 'by hand');
      await untar(archives, data, new Map([...byName].map(([name, place]) => [oidOf(name), place])));
      await expectAt(data, cluster, byName);
    });

    it('has the base.tar that comes of the original one by itself', async () => {
      const original = join(folder, 'original');
      await recorded(splitStage(original));
      const prefix = `--prefix=${cluster.folder}=${join(folder, 'prefix')}`;
      const moved = join(folder, 'moved');
      await recorded(tool('bb-relocate', [prefix]), splitStage(moved));
      const bare = await pipelineOk([
        { command: 'cat', args: [join(original, 'base.tar')] },
        tool('bb-relocate', [prefix]),
      ]);
      expect(bare.stdout.equals(readFileSync(join(moved, 'base.tar')))).toBe(true);
      expect(bare.stderrs[1]).toMatch(/^bb-relocate: warning: no manifest was changed, /);
    });
  });

  it('gives the stream back byte for byte when nothing moves', async () => {
    const options = tablespaces.flatMap(({ name, location }) => [
      `--oid=${oidOf(name)}=${location.replaceAll('=', '\\=')}`,
    ]);
    const { stdout } = await recorded(tool('bb-relocate', options));
    expect(stdout.equals(readFileSync(recording))).toBe(true);
  });

  it('changes two lines of the manifest', async () => {
    const lines = async (...stages: readonly Stage[]) => {
      const target = join(folder, `lines-${stages.length}`);
      await recorded(...stages, splitStage(target));
      return readFileSync(join(target, 'backup_manifest'), 'utf8').split('\n');
    };
    const before = await lines();
    const after = await lines(tool('bb-relocate', ['--all-into=/mnt']));
    expect(after).toHaveLength(before.length);
    expect(after.filter((line, index) => line !== before[index])).toEqual([
      expect.stringContaining('"tablespace_map", "Size": '),
      expect.stringMatching(/^"Manifest-Checksum": /),
    ]);
  });

  it.skipIf(pgBasebackup === undefined)('moves the links in a tar of a data directory', async () => {
    const theirs = join(folder, 'theirs');
    // GNU tar writes an extra header for a target that is too long for a header, and this is refused.
    const moved = tablespaces.map(({ name, location }) => ({
      name,
      from: location,
      to: join(theirs, name === 'longest' ? name : basename(location)),
    }));
    await runOk(pgBasebackup ?? '', [
      ...cluster.connectionOptions,
      ...['-Fp', '-c', 'fast', '-N', '-D', join(theirs, 'data')],
      ...moved.flatMap(({ from, to }) => ['-T', mapping(from, to)]),
    ]);
    const data = join(folder, 'linked', 'data');
    mkdirSync(data, { recursive: true });
    await pipelineOk([
      { command: 'tar', args: ['-cf', '-', '-C', join(theirs, 'data'), '.'] },
      tool('bb-relocate', [`--all-into=${join(folder, 'linked')}`]),
      { command: 'tar', args: ['-xf', '-', '-C', data] },
    ]);
    const byName = new Map(
      tablespaces.map(({ name }) => [name, join(folder, 'linked', String(oidOf(name)))]),
    );
    for (const { name, to } of moved) await runOk('cp', ['-a', to, byName.get(name) ?? '']);
    await verifyBackup(server, data);
    await expectAt(data, cluster, byName);
  });
});

const FIRST_INCREMENTAL = 17;

describe.each(anyServer())('on the way to a restore of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const archives = join(folder, 'archives');
  let cluster: Cluster;
  let location: string;
  let oid: number;

  beforeAll(async () => {
    cluster = await Cluster.create({
      server,
      initdb: ['--wal-segsize=1'],
      settings: server.major >= FIRST_INCREMENTAL ? { summarize_wal: 'on' } : {},
    });
    await cluster.start();
    location = await cluster.createTablespace('ts');
    await cluster.query('CREATE TABLE t TABLESPACE ts AS SELECT generate_series(1, 1000) AS id');
    const sql = "SELECT oid::int FROM pg_tablespace WHERE spcname = 'ts'";
    [[oid = 0] = []] = await cluster.query<[number]>(sql);
    await pipelineOk([streamStage(cluster), splitStage(archives)]);
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  it.skipIf(server.major < FIRST_INCREMENTAL)('an incremental backup is relocated', async () => {
    await cluster.query('UPDATE t SET id = id + 1');
    const target = join(folder, 'incremental');
    await pipelineOk([
      streamStage(cluster, ['-i', join(archives, 'backup_manifest')]),
      tool('bb-relocate', ['-T', `${location}=/mnt/ts`]),
      VERIFY,
      splitStage(target),
    ]);
    await pipelineOk([tool('bb-verify', [target])]);
    const map = await runOk('tar', ['-xOf', join(target, 'base.tar'), 'tablespace_map']);
    expect([...parseTablespaceMap(Buffer.from(map))]).toEqual([[oid, '/mnt/ts']]);
    expect(await runOk('tar', ['-tf', join(target, `${oid}.tar`)])).toContain('/INCREMENTAL.');
  });

  /** Unpacks the archives, with a link to the tablespace, and asks a server for its location. */
  async function placeAfterStart(data: string, from: string, place: string): Promise<unknown> {
    await untar(from, data, new Map([[oid, place]]));
    await runOk('ln', ['-s', place, join(data, 'pg_tblspc', String(oid))]);
    const copy = await Cluster.adopt(data, server);
    try {
      await copy.start();
      const [row] = await copy.query(`SELECT pg_tablespace_location(${oid}), count(*)::int FROM t`);
      return row;
    } finally {
      await copy.dispose();
    }
  }

  // Last, since this starts a server on the tablespace of the original cluster.
  it('PostgreSQL undoes a move that tablespace_map does not know of, and not that of bb-relocate', async () => {
    await cluster.stop();
    const undone = await placeAfterStart(join(folder, 'undone'), archives, join(folder, 'place'));
    expect(undone).toEqual([location, 1000]);

    const relocated = join(folder, 'relocated');
    const place = join(folder, 'new place');
    mkdirSync(relocated);
    const base = { command: 'cat', args: [join(archives, 'base.tar')] };
    const move = tool('bb-relocate', ['-T', `${location}=${place}`]);
    await pipelineOk([base, move], { stdoutFile: join(relocated, 'base.tar') });
    for (const name of [`${oid}.tar`, 'pg_wal.tar']) await runOk('cp', [join(archives, name), relocated]);
    expect(await placeAfterStart(join(folder, 'kept'), relocated, place)).toEqual([place, 1000]);
  });
});
