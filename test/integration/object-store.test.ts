/**
 * Backups in a real object store: written in every compression, verified where they lie, restored from there and
 * started, combined; and what is said when a place is not what was hoped for.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSmallCluster } from '../e2e/support/small-cluster.ts';
import { backUp, mapping, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { type PipelineResult, pipeline, pipelineOk, type Stage } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';

const TABLES =
  "SELECT (SELECT sum(hashtext(body)) FROM here) || ' ' || (SELECT sum(hashtext(body)) FROM there)";
const ROWS = 'SELECT id, repeat(md5(id::text), 6) AS body FROM generate_series(1, 20000) AS id';

describe.skipIf(MISSING_FOR_OBJECT_STORE.length > 0)('a backup in an object store', () => {
  const folder = temporaryFolder();
  const stream = join(folder, 'stream');
  let store: ObjectStore;
  let cluster: Cluster;
  let location: string;
  let places = 0;

  beforeAll(async () => {
    store = await ObjectStore.start();
    cluster = await startSmallCluster();
    location = await cluster.createTablespace('other');
    await cluster.query(`CREATE TABLE here AS ${ROWS}`);
    await cluster.query(`CREATE TABLE there TABLESPACE other AS ${ROWS}`);
    await pipelineOk([streamStage(cluster)], { stdoutFile: stream });
  });
  afterAll(async () => {
    await cluster.dispose();
    await store.stop();
    removeFolder(folder);
  });

  const newPrefix = () => `place-${++places}`;
  const s3Tool = (name: string, ...args: string[]): Stage => tool(name, args, store.env);
  const recorded = (): Stage => ({ command: 'cat', args: [stream] });
  /** Writes the recorded backup to a new place. */
  const written = async (): Promise<string> => {
    const prefix = newPrefix();
    await pipelineOk([recorded(), s3Tool('bb-split', '-D', store.url(prefix))]);
    return prefix;
  };
  const alone = async (stage: Stage): Promise<{ status: number; stdout: string; stderr: string }> => {
    const { statuses, stdout, stderrs }: PipelineResult = await pipeline([stage]);
    return { status: statuses[0] ?? -1, stdout: stdout.toString(), stderr: stderrs[0] ?? '' };
  };

  it.each(['none', 'gzip:1', 'lz4', 'zstd'])(
    'is written, verified, restored and started (%s)',
    async (method) => {
      const prefix = newPrefix();
      const compress = method === 'none' ? [] : [tool('bb-compress', ['-Z', method])];
      await pipelineOk([streamStage(cluster), ...compress, s3Tool('bb-split', '-D', store.url(prefix))]);
      const suffix = { none: '', 'gzip:1': '.gz', lz4: '.lz4', zstd: '.zst' }[method];
      const names = Object.keys(await store.objects(prefix));
      expect(names.filter((name) => !/^\d/.test(name)).sort()).toEqual(
        ['backup_manifest', `base.tar${suffix}`, `pg_wal.tar${suffix}`].sort(),
      );
      expect(names.length).toBe(4);
      expect(await store.uploads(prefix)).toEqual([]);
      expect(await alone(s3Tool('bb-verify', store.url(prefix)))).toMatchObject({ status: 0, stderr: '' });
      const target = join(folder, prefix, 'data');
      const moved = ['-T', mapping(location, join(folder, prefix, 'other'))];
      await pipelineOk([s3Tool('bb-split', '-N', '-Fp', '-D', target, ...moved, store.url(prefix))]);
      const copy = await Cluster.adopt(target, cluster.server);
      try {
        await copy.start();
        expect(await copy.query(TABLES)).toEqual(await cluster.query(TABLES));
      } finally {
        await copy.dispose();
      }
    },
  );

  it('has the same bytes as in a directory', async () => {
    const directory = join(folder, 'directory');
    await pipelineOk([recorded(), tool('bb-split', ['-N', '-D', directory])]);
    const prefix = await written();
    const sizes = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).size]);
    expect(await store.objects(prefix)).toEqual(Object.fromEntries(sizes));
    const { stdout } = await pipelineOk([s3Tool('bb-split', '--to-stdout=base.tar', store.url(prefix))]);
    expect(readFileSync(join(directory, 'base.tar')).equals(stdout)).toBe(true);
  });

  it('is read as the stream that it came from', async () => {
    const prefix = await written();
    const read = [s3Tool('bb-stream', `--backup=${store.url(prefix)}`), tool('bb-verify', ['-q'])];
    expect((await pipelineOk(read)).stderrs).toEqual(['', '']);
    const listed = await alone(s3Tool('bb-split', '--list', store.url(prefix)));
    const local = await pipelineOk([recorded(), tool('bb-split', ['--list'])]);
    const members = (text: string) => text.split('\n').filter((line) => line.startsWith('  '));
    expect(members(listed.stdout)).toEqual(members(local.stdout.toString()));
    const readers = Array.from({ length: 2 }, () => alone(s3Tool('bb-verify', '-q', store.url(prefix))));
    expect((await Promise.all(readers)).map(({ status }) => status)).toEqual([0, 0]);
  });

  it('is combined with one in a directory', async () => {
    const full = newPrefix();
    const incremental = join(folder, 'incremental');
    await cluster.query('ALTER SYSTEM SET summarize_wal = on');
    await cluster.query('SELECT pg_reload_conf()');
    await pipelineOk([streamStage(cluster), s3Tool('bb-split', '-D', store.url(full))]);
    const manifest = join(folder, 'manifest');
    await pipelineOk([s3Tool('bb-split', '--to-stdout=backup_manifest', store.url(full))], {
      stdoutFile: manifest,
    });
    await cluster.query('UPDATE here SET body = body || id WHERE id % 100 = 0');
    await backUp(cluster, incremental, { stream: ['-i', manifest] });
    const target = join(folder, 'combined', 'data');
    const moved = ['-T', mapping(location, join(folder, 'combined', 'other'))];
    await pipelineOk([s3Tool('bb-combine', '-N', '-D', target, ...moved, store.url(full), incremental)]);
    expect(await alone(tool('bb-verify', ['-q', target]))).toMatchObject({ status: 0 });
  });

  it('is refused where one is, and where something else is', async () => {
    const prefix = await written();
    const before = await store.objects(prefix);
    const marked = newPrefix();
    await store.put(`${marked}/`, Buffer.alloc(0));
    await pipelineOk([recorded(), s3Tool('bb-split', '-D', store.url(marked))]);
    const again = await pipeline([recorded(), s3Tool('bb-split', '-D', store.url(prefix))]);
    expect(again.statuses.at(-1)).toBe(2);
    expect(again.stderrs.at(-1)).toBe(
      `bb-split: error: "s3://backups/${prefix}" exists but is not empty\nbb-split: detail: There is a backup.\n`,
    );
    expect(await store.objects(prefix)).toEqual(before);
  });

  it('names the backups below a prefix', async () => {
    const prefix = `${newPrefix()}/all`;
    for (const name of ['one', 'two'])
      await pipelineOk([recorded(), s3Tool('bb-split', '-D', store.url(`${prefix}/${name}`))]);
    const url = `s3://backups/${prefix}`;
    expect(await alone(s3Tool('bb-stream', `--backup=${store.url(`${prefix}/`)}`))).toMatchObject({
      status: 2,
      stderr:
        `bb-stream: error: "${url}" is not a backup in tar format\n` +
        `bb-stream: detail: There are backups at: "${url}/one", "${url}/two".\n`,
    });
  });

  it('has one writer of two', async () => {
    const prefix = newPrefix();
    const write = () => pipeline([recorded(), s3Tool('bb-split', '-D', store.url(prefix))]);
    const results = await Promise.all([write(), write()]);
    const statuses = results.map((result) => result.statuses.at(-1)).sort();
    expect(statuses).toEqual([0, 2]);
    const loser = results.find((result) => result.statuses.at(-1) === 2);
    expect(loser?.stderrs.at(-1)).toContain(`"s3://backups/${prefix}" exists but is not empty`);
    expect(await store.uploads(prefix)).toEqual([]);
    expect(Object.keys(await store.objects(prefix)).length).toBe(4);
    expect(await alone(s3Tool('bb-verify', '-q', store.url(prefix)))).toMatchObject({ status: 0 });
  });

  it.each([
    { what: 'a missing archive', name: 'base.tar', status: 1, complaint: 'archive "base.tar" is missing in' },
    { what: 'no manifest', name: 'backup_manifest', status: 1, complaint: 'has no "backup_manifest"' },
  ])('is no backup with $what', async ({ name, status, complaint }) => {
    const prefix = await written();
    await store.delete(`${prefix}/${name}`);
    const read = await alone(s3Tool('bb-stream', `--backup=${store.url(prefix)}`));
    expect(read.status).toBe(status);
    expect(read.stderr).toContain(complaint);
  });

  it.each([
    {
      what: 'a wrong key',
      env: { AWS_ACCESS_KEY_ID: 'x' },
      reason: 'the store does not know the access key',
    },
    { what: 'a wrong secret', env: { AWS_SECRET_ACCESS_KEY: 'x' }, reason: 'the secret access key is wrong' },
    { what: 'no key', env: { AWS_ACCESS_KEY_ID: '' }, reason: 'no credentials were found' },
    { what: 'an empty region', env: { AWS_REGION: '' }, reason: 'the region is not valid' },
  ])('is not found with $what', async ({ env, reason }) => {
    const stage = tool('bb-verify', [store.url('nothing')], { ...store.env, ...env });
    const { status, stderr } = await alone(stage);
    expect(status).toBe(2);
    const [line] = stderr.split('\n');
    expect(line).toMatch(
      new RegExp(`^bb-verify: error: could not (?:list|open) "s3://backups/nothing.*": ${reason}$`),
    );
    expect(stderr).not.toContain(store.env.AWS_SECRET_ACCESS_KEY);
  });

  it('is not found in a bucket that is not there, and where nobody listens', async () => {
    const nowhere = store.url('x').replace('backups', 'nobody');
    expect((await alone(s3Tool('bb-split', '--list', nowhere))).stderr).toContain(
      ': there is no such bucket\n',
    );
    const encrypted = store.url('x').replace('http:', 'https:');
    expect((await alone(s3Tool('bb-split', '--list', encrypted))).stderr).toContain(
      ': TLS failure: wrong version number\n',
    );
    expect((await alone(s3Tool('bb-split', '--list', store.url('x', 1)))).stderr).toContain(
      ': Connection refused\n',
    );
  });
});
