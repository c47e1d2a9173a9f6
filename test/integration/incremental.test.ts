/**
 * Incremental backups: the server gets the manifest of an earlier backup and sends what has changed since, and bb-split
 * stores it in both formats. Files, size, manifest and label show that it is incremental; pg_combinebackup, if it is
 * installed, combines it to a cluster.
 */

import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type PipelineResult, pipeline, pipelineOk } from '../support/pipeline.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const FIRST_VERSION = 17;
const WITH_INCREMENTALS = servers().filter(({ major }) => major >= FIRST_VERSION);
if (WITH_INCREMENTALS.length === 0)
  console.warn('no server of version 17 or later: no incremental backups are tested');

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

function backup(
  cluster: Cluster,
  options: readonly string[],
  split: readonly string[],
): Promise<PipelineResult> {
  const stream = tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast', ...options]);
  return pipeline([stream, tool('bb-split', split)]);
}

function sizeOf(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('pg_wal'));
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

describe.each(WITH_INCREMENTALS)('an incremental backup of version $major', (server) => {
  const place = (name: string) => join(folder, `${server.major}-${name}`);
  const manifest = join(place('full'), 'backup_manifest');
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({
      server,
      initdb: ['--wal-segsize=1'],
      settings: { summarize_wal: 'on', autovacuum: 'off' },
    });
    await cluster.start();
    await cluster.query('CREATE TABLE t AS SELECT id, id % 7 AS n FROM generate_series(1, 400000) AS id');
    const { statuses } = await backup(cluster, [], ['-Fp', '-D', place('full')]);
    expect(statuses).toEqual([0, 0]);
    await cluster.query('UPDATE t SET n = -1 WHERE id = 1000');
  });
  afterAll(() => cluster.dispose());

  it('is stored as a directory', async () => {
    const { statuses, stderrs } = await backup(cluster, ['-i', manifest], ['-Fp', '-D', place('plain')]);
    expect([statuses, stderrs]).toEqual([
      [0, 0],
      ['', ''],
    ]);
    const files = readdirSync(place('plain'), { recursive: true, encoding: 'utf8' });
    const incremental = files.filter((path) => basename(path).startsWith('INCREMENTAL.'));
    expect(incremental.length).toBeGreaterThan(10);
    expect(sizeOf(place('plain'))).toBeLessThan(sizeOf(place('full')) / 2);
    const listed = readFileSync(join(place('plain'), 'backup_manifest'), 'utf8');
    for (const path of incremental) expect(listed).toContain(`"Path": "${path}"`);
    expect(readFileSync(join(place('plain'), 'backup_label'), 'utf8')).toMatch(/^INCREMENTAL FROM LSN: /m);
  });

  it('is stored as archives', async () => {
    const { statuses } = await backup(cluster, [`--incremental=${manifest}`], ['-D', place('tar')]);
    expect(statuses).toEqual([0, 0]);
    const members = await runOk('tar', ['-tf', join(place('tar'), 'base.tar')]);
    expect(members).toMatch(/^base\/\d+\/INCREMENTAL\.\d+$/m);
    expect(statSync(join(place('tar'), 'base.tar')).size).toBeLessThan(sizeOf(place('full')) / 2);
  });

  it.each(['plain', 'tar'])('is verified in %s format, as far as it can be by itself', async (name) => {
    const { command, args } = tool('bb-verify', [place(name)]);
    const { status, stdout, stderr } = await run(command, args);
    expect(stderr).toBe('');
    expect(stdout.toString()).toMatch(/^checked: \d{3,} pages, of which /m);
    expect(stdout.toString()).not.toMatch(/not checked: pages of/);
    expect(stdout.toString()).toMatch(/^not checked: the backups before \(this one is incremental, /m);
    expect(status).toBe(0);
  });

  it('is bad with a flipped bit in a page of an incremental file', async () => {
    const files = readdirSync(place('plain'), { recursive: true, encoding: 'utf8' });
    const withPages = (name: string) => statSync(join(place('plain'), name)).size > 12;
    const damaged = files.find((name) => /\/INCREMENTAL\.\d+$/.test(name) && withPages(name)) ?? '';
    const file = join(place('plain'), damaged);
    const bytes = readFileSync(file);
    const block = bytes.readUInt32LE(12);
    const at = bytes.length - 8192 * bytes.readUInt32LE(4) + 8000;
    const flip = () => {
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(file, bytes);
    };
    flip();
    const { command, args } = tool('bb-verify', ['-s', '--page-checksums', place('plain')]);
    const { status, stderr } = await run(command, args);
    flip();
    expect(stderr).toContain(`checksum verification failed in file "${damaged}", block ${block}: `);
    expect(status).toBe(1);
  });

  it('is announced by --check', async () => {
    const options = [...cluster.connectionOptions, '--check', '-i', manifest];
    const { stdout } = await pipelineOk([tool('bb-stream', options)]);
    expect(stdout.toString()).toMatch(/^ok {7}previous backup: the server takes the manifest$/m);
  });

  const combine = clientTool('pg_combinebackup', server);
  it.skipIf(combine === undefined)('is made into a cluster by pg_combinebackup', async () => {
    await runOk(combine ?? '', [place('full'), place('plain'), '-o', place('combined')]);
    const restored = await Cluster.adopt(place('combined'), server);
    await restored.start();
    expect(await restored.query('SELECT n FROM t WHERE id = 1000')).toEqual([[-1]]);
    await restored.dispose();
  });

  /** Manifests that are refused, and the error message of bb-stream. */
  const REFUSED = [
    { name: 'nothing', make: () => {}, complaint: /^could not open file ".*": No such file or directory/ },
    {
      name: 'rubbish',
      make: (file: string) => writeFileSync(file, 'x'.repeat(300_000)),
      complaint: /^could not upload manifest: ERROR: {2}could not parse backup manifest: /,
    },
    {
      name: 'cut',
      make: (file: string) => {
        writeFileSync(file, readFileSync(manifest));
        truncateSync(file, 100_000);
      },
      complaint: /^could not upload manifest: ERROR: {2}could not parse backup manifest: /,
    },
    {
      name: 'altered',
      make: (file: string) =>
        writeFileSync(file, readFileSync(manifest, 'utf8').replace('base/1/', 'base/2/')),
      complaint: /^could not upload manifest: ERROR: {2}manifest checksum mismatch/,
    },
  ];

  it.each(REFUSED)('is not taken with a manifest that is $name', async ({ name, make, complaint }) => {
    const file = place(`manifest-${name}`);
    make(file);
    const { statuses, stderrs } = await backup(cluster, ['-i', file], ['-D', place(`none-${name}`)]);
    const [, message = ''] = /^bb-stream: error: (.*)$/m.exec(stderrs[0] ?? '') ?? [];
    expect(message).toMatch(complaint);
    expect(stderrs[1]).toMatch(/^bb-split: error: backup was aborted upstream: /);
    expect(statuses).toEqual([2, 1]);
    expect(readdirSync(folder)).not.toContain(`${server.major}-none-${name}`);
  });

  it('is not taken with a directory for a manifest', async () => {
    const { stderrs } = await backup(cluster, ['-i', folder], ['-D', place('none')]);
    const complaint = `could not upload manifest: could not read file "${folder}": Is a directory`;
    expect(stderrs[0]).toBe(`bb-stream: error: ${complaint}\n`);
  });

  it('is not taken when summaries are missing', async () => {
    const summaries = join(cluster.dataDirectory, 'pg_wal', 'summaries');
    for (const name of readdirSync(summaries)) rmSync(join(summaries, name));
    const { statuses, stderrs } = await backup(cluster, ['-i', manifest], ['-D', place('none')]);
    expect(stderrs[0]).toMatch(
      /^bb-stream: error: could not take base backup: ERROR: {2}WAL summaries are required .* incomplete$/m,
    );
    expect(statuses).toEqual([2, 1]);
  });

  it('is not taken of another cluster, nor by a server without summaries', async () => {
    const other = await Cluster.create({ server, initdb: ['--wal-segsize=1'] });
    try {
      await other.start();
      const foreign = await backup(other, ['-i', manifest], ['-D', place('none')]);
      expect(foreign.stderrs[0]).toMatch(/could not upload manifest: ERROR: {2}.*system identifier/);
      expect((await backup(other, [], ['-D', place('other')])).statuses).toEqual([0, 0]);
      const own = join(place('other'), 'backup_manifest');
      const unsummarised = await backup(other, ['-i', own], ['-D', place('none')]);
      expect(unsummarised.stderrs[0]).toBe(
        'bb-stream: error: could not take base backup: ERROR:  ' +
          'incremental backups cannot be taken unless WAL summarization is enabled\n',
      );
      expect(unsummarised.statuses).toEqual([2, 1]);
    } finally {
      await other.dispose();
    }
  });
});

describe.each(servers().filter(({ major }) => major < FIRST_VERSION))('version $major', (server) => {
  it('has no incremental backups', async () => {
    const cluster = await Cluster.create({ server });
    try {
      await cluster.start();
      const { command, args } = tool('bb-stream', [...cluster.connectionOptions, '-i', '/nosuch']);
      const { status, stderr }: Finished = await run(command, args);
      expect([status, stderr]).toEqual([
        2,
        'bb-stream: error: server does not support incremental backup\n' +
          'bb-stream: hint: Incremental backups need PostgreSQL 17 or later.\n',
      ]);
    } finally {
      await cluster.dispose();
    }
  });
});
