/**
 * Restores in plain format with options for what is extracted, how, for which owner, and beside which other servers: a
 * backup of a running cluster with a tablespace is restored repeatedly on the host of that cluster.
 */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveToServer, serverAccount } from '../support/account.ts';
import { amcheck } from '../support/amcheck.ts';
import { splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { tree } from '../support/tree.ts';
import { verifyBackup } from '../support/verify.ts';

const BLOCK_BYTES = 512;
const folder = temporaryFolder();
const stream = join(folder, 'stream');
let cluster: Cluster;
let location: string;

beforeAll(async () => {
  cluster = await Cluster.create({ settings: { autovacuum: 'off' } });
  await cluster.start();
  location = await cluster.createTablespace('fast');
  await cluster.query('CREATE TABLE numbers TABLESPACE fast AS SELECT generate_series(1, 10000) AS number');
  const log = join(cluster.dataDirectory, 'log');
  mkdirSync(log);
  writeFileSync(join(log, 'postgresql.log'), 'started\n');
  for (const path of [log, join(log, 'postgresql.log')]) giveToServer(path);
  await pipelineOk([streamStage(cluster)], { stdoutFile: stream });
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

let restores = 0;

/** The directory of a restore. */
class Place {
  readonly folder = join(folder, `restore-${restores++}`);
  readonly data = join(this.folder, 'data');
  readonly mapping = ['-T', `${location}=${join(this.folder, 'fast')}`];

  /** Restores, with the tablespace in this directory. */
  async restore(...options: string[]): Promise<{ status: number; stderr: string }> {
    return this.restoreAsTold(...this.mapping, ...options);
  }

  async restoreAsTold(...options: string[]): Promise<{ status: number; stderr: string }> {
    const stages = [{ command: 'cat', args: [stream] }, splitStage(this.data, ['-Fp', ...options])];
    const { statuses, stderrs } = await pipeline(stages);
    return { status: statuses[1] ?? -1, stderr: stderrs[1] ?? '' };
  }

  /** The paths of everything here, including directories and links. */
  get paths(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).sort();
  }
}

/** Starts a server and checks its data. */
async function checkCopy(data: string): Promise<void> {
  const copy = await Cluster.adopt(data, cluster.server);
  await copy.start();
  expect(await copy.query('SELECT count(*)::int FROM numbers')).toEqual([[10_000]]);
  await amcheck(copy);
  await copy.dispose();
}

describe('a restore on the host of the server', () => {
  it('does not touch the data directory of the server', async () => {
    const stages = [{ command: 'cat', args: [stream] }, splitStage(cluster.dataDirectory, ['-Fp'])];
    const { statuses, stderrs } = await pipeline(stages);
    expect(statuses[1]).toBe(2);
    expect(stderrs[1]).toBe(
      `bb-split: error: directory "${cluster.dataDirectory}" exists but is not empty\n` +
        `bb-split: detail: It is a data directory of PostgreSQL ${cluster.server.major}, ` +
        `and a server runs on it (PID ${cluster.pid}).\n`,
    );
  });

  it('does not touch the tablespace of the server', async () => {
    const before = await tree(location);
    const place = new Place();
    const [[oid] = []] = await cluster.query("SELECT oid::int FROM pg_tablespace WHERE spcname = 'fast'");
    expect(await place.restoreAsTold()).toEqual({
      status: 2,
      stderr:
        `bb-split: error: directory "${location}" exists but is not empty\n` +
        `bb-split: detail: It is a tablespace of PostgreSQL ${cluster.server.major}.\n` +
        'bb-split: hint: Put tablespaces elsewhere, for example: ' +
        `-T ${location}=${place.data}-tablespaces/${oid}\n`,
    });
    expect(await tree(location)).toEqual(before);
    expect(existsSync(place.folder)).toBe(false);
  });
});

describe('what was written', () => {
  it('is counted, and not what came', async () => {
    const { stderr } = await new Place().restoreAsTold('-v', '--only=PG_VERSION');
    expect(stderr).toMatch(/^bb-split: wrote 1 file, 3 bytes$/m);
  });
});

describe('--exclude', () => {
  it('leaves out logs, and a server starts', async () => {
    const place = new Place();
    expect(await place.restore('--exclude=log/*')).toEqual({ status: 0, stderr: '' });
    expect(readdirSync(join(place.data, 'log'))).toEqual([]);
    await checkCopy(place.data);
  });

  it('needs no -T for tablespaces that are left out, whose locations are in use', async () => {
    const place = new Place();
    const { status, stderr } = await place.restoreAsTold('--exclude=pg_tblspc/**');
    expect(stderr).toMatch(/^bb-split: warning: no server can be started from what was extracted\n/);
    expect(status).toBe(0);
    expect(place.paths).toContain(join('data', 'global', 'pg_control'));
    expect(place.paths.filter((path) => path.includes('pg_tblspc'))).toEqual([]);
  });

  it('says so if no server starts from what is left', async () => {
    const place = new Place();
    const { status, stderr } = await place.restore('--exclude=global/pg_control');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^bb-split: warning: no server can be started from what was extracted\nbb-split: detail: 1 of \d+ files were left out.\n$/,
    );
    expect(place.paths.filter((path) => path.includes('pg_control') || path.includes('manifest'))).toEqual(
      [],
    );
  });
});

describe('--only', () => {
  it('extracts a table from a tablespace, whose location is in use', async () => {
    const [[path = ''] = []] = await cluster.query<[string]>("SELECT pg_relation_filepath('numbers')");
    const place = new Place();
    const { status, stderr } = await place.restoreAsTold(`--only=${path}`, '--only=PG_VERSION');
    expect(status).toBe(0);
    expect(stderr).toContain('bb-split: warning: no server can be started from what was extracted\n');
    const files = place.paths.filter((name) => lstatSync(join(place.folder, name)).isFile());
    expect(files).toEqual([join('data', 'PG_VERSION'), join('data', path)]);
    const original = readFileSync(join(cluster.dataDirectory, path));
    expect(readFileSync(join(place.data, path)).equals(original)).toBe(true);
  });

  it('leaves nothing if a pattern chooses nothing', async () => {
    const place = new Place();
    expect(await place.restoreAsTold('--only=PG_VERSION', '--only=base/nosuch')).toEqual({
      status: 2,
      stderr: 'bb-split: error: no file or directory of the backup matches "base/nosuch"\n',
    });
    expect(existsSync(place.folder)).toBe(false);
  });
});

describe('--sparse', () => {
  it('takes less room, and is the same to a server', async () => {
    const [usual, sparse] = [new Place(), new Place()];
    for (const [place, options] of [
      [usual, []],
      [sparse, ['--sparse']],
    ] as const) {
      expect(await place.restore(...options)).toEqual({ status: 0, stderr: '' });
    }
    const room = (place: Place) =>
      place.paths.reduce((sum, path) => sum + lstatSync(join(place.folder, path)).blocks * BLOCK_BYTES, 0);
    // The segment of WAL is mostly zeros.
    expect(room(sparse)).toBeLessThan(room(usual) - 2 ** 20);
    const differences = await comparePlain(sparse.data, usual.data);
    expect(differences.filter((line) => !line.includes('manifest') && !line.includes('tablespace'))).toEqual(
      [],
    );
    await verifyBackup(cluster.server, sparse.data);
    await checkCopy(sparse.data);
  });
});

describe.skipIf(process.geteuid?.() !== 0)('a restore by root', () => {
  const owners = (place: Place) =>
    new Set(['.', ...place.paths].map((path) => lstatSync(join(place.folder, path)).uid));
  const postgres = async () => Number((await run('id', ['-u', 'postgres'])).stdout);

  it("is given to the server's account", async () => {
    const uid = await postgres();
    const place = new Place();
    expect(await place.restore()).toEqual({ status: 0, stderr: '' });
    expect(owners(place)).toEqual(new Set([uid || 0]));
    expect(statSync(folder).uid).toBe(0);
    await checkCopy(place.data);
  });

  it('is given to whom --owner says', async () => {
    const account = serverAccount();
    const place = new Place();
    const options = ['--owner', `${account?.uid}:12345`, '--waldir', join(place.folder, 'wal')];
    expect(await place.restore(...options)).toEqual({ status: 0, stderr: '' });
    expect(owners(place)).toEqual(new Set([account?.uid]));
    expect(lstatSync(join(place.data, 'pg_wal')).gid).toBe(12345);
    await checkCopy(place.data);
  });

  it('keeps nothing if the owner does not exist', async () => {
    const place = new Place();
    expect(await place.restore('--owner=no-such-user')).toEqual({
      status: 2,
      stderr: 'bb-split: error: user "no-such-user" does not exist\n',
    });
    expect(existsSync(place.folder)).toBe(false);
  });
});

describe.skipIf(process.geteuid?.() !== 0)('a restore by somebody else', () => {
  it('is refused --owner', async () => {
    const home = temporaryFolder();
    giveToServer(home);
    const { command, args = [] } = splitStage(join(home, 'data'), ['-Fp', '--owner=postgres']);
    const { status, stderr } = await run(command, args, { account: serverAccount() });
    expect([status, stderr]).toEqual([
      2,
      'bb-split: error: could not give files to another user: only root may use --owner\n',
    ]);
    removeFolder(home);
  });
});
