/**
 * Backups of stopped servers from their files: the members are those that the server itself sends, byte for byte; the
 * copies verify and start, with unlogged tables as they were; whatever is not at rest is refused.
 */

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, readStream, splitStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run, start } from '../support/run.ts';
import { type Server, servers } from '../support/servers.ts';
import { readTables, relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { startPrimary, startStandby, untilCaughtUp } from '../support/standby.ts';
import { readTarFile, type TarMember } from '../support/tar-members.ts';
import { tool } from '../support/tools.ts';
import { manifestPath, readManifest, verifyBackup } from '../support/verify.ts';

/** Files of relations and of databases, which a stop and a backup leave as they are. */
const STABLE = /^(?:base|PG_[0-9_]+)\/(?!.*pg_internal)/;
const PAGE_BYTES = 8192;

const offline = (cluster: Cluster, options: readonly string[] = []) =>
  tool('bb-stream', [`--pgdata=${cluster.dataDirectory}`, '--offline', ...options]);

function runOffline(cluster: Cluster, options: readonly string[] = []): Promise<Finished> {
  const { command, args } = offline(cluster, options);
  return run(command, args);
}

describe.each(servers())('the files of a stopped server of version $major', (server) => {
  const folder = temporaryFolder();
  const ours = join(folder, 'ours');
  const theirs = join(folder, 'theirs');
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];
  let tables: ReadonlyMap<string, string>;

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    // What a start finds out for itself is written now, and not by the queries of one of both backups.
    tables = await readTables(cluster);
    await cluster.query('VACUUM');
    await cluster.query('CHECKPOINT');
    await backUp(cluster, theirs, { stream: ['-X', 'none'] });
    await cluster.stop();
    await pipelineOk([offline(cluster), tool('bb-verify', ['--tee', '-q']), splitStage(ours)]);
  });
  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  const membersOf = (directory: string, archive: string) => readTarFile(join(directory, archive)).members;

  it('are sent as the server sends them', () => {
    const archives = ['base.tar', ...oidsOf(cluster).map((oid) => `${oid}.tar`)];
    for (const archive of archives) {
      const unlogged = new Set(unloggedOf(membersOf(ours, archive)));
      const stable = (members: readonly TarMember[]) =>
        members.filter(({ path }) => STABLE.test(path) && !unlogged.has(path));
      const [found, expected] = [stable(membersOf(ours, archive)), stable(membersOf(theirs, archive))];
      expect(found.map(({ path }) => path)).toEqual(expected.map(({ path }) => path));
      for (const [index, { path, header, contents }] of found.entries()) {
        expect(header.equals(expected[index]?.header ?? Buffer.alloc(0)), path).toBe(true);
        expect(contents.equals(expected[index]?.contents ?? Buffer.alloc(0)), path).toBe(true);
      }
    }
  });

  it('are all there, but for what the server leaves out too', () => {
    const paths = (directory: string) =>
      membersOf(directory, 'base.tar')
        .map(({ path }) => path)
        .filter((path) => !path.startsWith('base/') && !/^pg_(?:stat|logical|wal|tblspc)\/./.test(path));
    const added = ['backup_label', 'tablespace_map'];
    expect(paths(ours).sort()).toEqual(
      paths(theirs)
        .filter((path) => !added.includes(path))
        .sort(),
    );
    expect(membersOf(ours, 'base.tar').filter(({ path }) => path.startsWith('./'))).toHaveLength(
      membersOf(theirs, 'base.tar').filter(({ path }) => path.startsWith('./')).length,
    );
  });

  it('have the lines of the manifest that the server writes for them', () => {
    const lines = (directory: string) =>
      new Map(
        readManifest(directory).Files.flatMap((file): [string, unknown][] =>
          manifestPath(file).startsWith('base/') ? [[manifestPath(file), file]] : [],
        ),
      );
    const expected = lines(theirs);
    const found = lines(ours);
    for (const [path, line] of expected) expect(found.get(path), path).toEqual(line);
  });

  it('begin with links to the tablespaces, and have no backup_label', () => {
    const members = membersOf(ours, 'base.tar').map(({ path }) => path);
    const linked = oidsOf(cluster).filter((oid) =>
      lstatSync(join(cluster.dataDirectory, 'pg_tblspc', oid)).isSymbolicLink(),
    );
    expect(members[0]).toBe('pg_tblspc/');
    expect(members.slice(1, linked.length + 1).sort()).toEqual(
      linked.map((oid) => `pg_tblspc/${oid}/`).sort(),
    );
    expect(members).not.toContain('backup_label');
    expect(members).not.toContain('tablespace_map');
    expect(members.filter((path) => !path.startsWith('pg_wal/')).at(-1)).toBe('global/pg_control');
  });

  it('start where they are restored, with unlogged tables as they were', async () => {
    const target = join(folder, 'restored', 'data');
    const moved = relocate(tablespaces, join(folder, 'restored')).options;
    const { command, args = [] } = tool('bb-split', ['-Fp', '-N', '-D', target, ...moved, ours]);
    expect(await run(command, args)).toMatchObject({ status: 0 });
    expect(existsSync(join(target, 'backup_label'))).toBe(false);
    await verifyBackup(server, target);
    const copy = await Cluster.adopt(target, server);
    try {
      await copy.start();
      expect(await readTables(copy)).toEqual(tables);
    } finally {
      await copy.dispose();
    }
  });

  it('are listed, verified and relocated as other backups are', async () => {
    const list = tool('bb-split', ['--list', ours]);
    expect((await run(list.command, list.args)).stdout.toString()).toMatch(/end of backup at/);
    const verify = tool('bb-verify', [ours]);
    expect(await run(verify.command, verify.args)).toMatchObject({ status: 0 });
    await pipelineOk([
      tool('bb-relocate', [`--all-into=${join(folder, 'all')}`, ours]),
      splitStage(join(folder, 'moved', 'data'), ['-Fp']),
    ]);
    await verifyBackup(server, join(folder, 'moved', 'data'));
    const again = tool('bb-stream', [`--backup=${join(folder, 'moved', 'data')}`]);
    await pipelineOk([again, tool('bb-verify', ['-q'])]);
  });

  it.each([
    { options: ['--no-manifest'], hasManifest: false },
    { options: ['--manifest-checksums=sha256', '--manifest-force-encode'], hasManifest: true },
    { options: ['--no-verify-checksums', '--no-estimate-size'], hasManifest: true },
  ])('are sent with $options', async ({ options, hasManifest }) => {
    const { stdout, status } = await runOffline(cluster, options);
    expect(status).toBe(0);
    const { frames, error } = await readStream(stdout);
    expect(error).toBeUndefined();
    expect(frames.some(({ type }) => type === 'manifest')).toBe(hasManifest);
  });
});

// What is refused does not depend on the version.
describe('a data directory is refused', () => {
  const server = servers()[0] as Server;
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--data-checksums', '--wal-segsize=1'] });
    await cluster.start();
    await cluster.query('CREATE TABLE t AS SELECT generate_series(1, 100000) AS id; CHECKPOINT');
  });
  afterAll(() => cluster?.dispose());

  const path = (name: string) => join(cluster.dataDirectory, name);

  it('while its server runs', async () => {
    const { status, stderr } = await runOffline(cluster);
    expect(status).toBe(2);
    expect(stderr).toContain(
      `data directory "${cluster.dataDirectory}" is in use: file "postmaster.pid" exists`,
    );
  });

  it('after its server was killed', async () => {
    await cluster.stop('immediate');
    const { status, stderr } = await runOffline(cluster);
    expect(status).toBe(2);
    expect(stderr).toContain('is not that of a cleanly stopped server');
    expect(stderr).toContain('Its state is "in production".');
    await cluster.start();
    await cluster.stop();
    expect(await runOffline(cluster)).toMatchObject({ status: 0 });
  });

  it('if it is none', async () => {
    const { command, args } = tool('bb-stream', [`--pgdata=${cluster.folder}`, '--offline']);
    const { status, stderr } = await run(command, args);
    expect(status).toBe(2);
    expect(stderr).toContain(`could not open file "${cluster.folder}/PG_VERSION": No such file or directory`);
  });

  it('if WAL is missing', async () => {
    const segment = lastSegment(cluster);
    copyFileSync(segment, join(cluster.folder, 'kept'));
    rmSync(segment);
    const { status, stderr } = await runOffline(cluster);
    copyFileSync(join(cluster.folder, 'kept'), segment);
    expect(status).toBe(2);
    expect(stderr).toContain(`could not open file "${segment}": No such file or directory`);
  });

  it('if the record of the last checkpoint is damaged', async () => {
    const segment = lastSegment(cluster);
    copyFileSync(segment, join(cluster.folder, 'kept'));
    writeFileSync(segment, Buffer.alloc(lstatSync(segment).size));
    const { status, stderr } = await runOffline(cluster);
    copyFileSync(join(cluster.folder, 'kept'), segment);
    expect(status).toBe(1);
    expect(stderr).toContain('WAL parsing failed for timeline 1');
  });

  it('after all its data, if a page is corrupt', async () => {
    const file = largestFile(cluster);
    const before = readFileSync(file);
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.from('damage'), 0, 6, PAGE_BYTES + 4000);
    closeSync(fd);
    const { status, stdout, stderr } = await runOffline(cluster);
    const forced = await runOffline(cluster, ['--no-verify-checksums']);
    writeFileSync(file, before);
    expect(status).toBe(1);
    expect(stderr).toMatch(/warning: checksum verification failed in file "base\/\d+\/\d+", block 1: /);
    expect(stderr).toContain('error: checksum verification failure during base backup');
    const { frames, error } = await readStream(stdout);
    expect(frames.some(({ type }) => type === 'manifest')).toBe(true);
    expect(error).toMatchObject({ message: expect.stringContaining('checksum verification failure') });
    expect(forced.status).toBe(0);
  });

  it('if a file is changed while it is read', async () => {
    const grown = path('large');
    writeFileSync(grown, Buffer.alloc(4 * 1024 * 1024));
    const { command, args } = offline(cluster);
    // Nobody reads the output yet, so that the tool stands still in the middle.
    const slow = start('sh', ['-c', '"$0" "$@" | { sleep 2; cat >/dev/null; }', command, ...(args ?? [])]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    appendFileSync(grown, 'more');
    utimesSync(path('global/pg_control'), new Date(), new Date());
    writeFileSync(path('postmaster.pid'), '1\n');
    const { stderr } = await slow.finished;
    rmSync(grown);
    rmSync(path('postmaster.pid'));
    expect(stderr).toMatch(/was changed while it was read|file "postmaster.pid" exists/);
  });

  it('but a special file in it is only skipped', async () => {
    symlinkSync('/dev/null', path('special'));
    const { status, stderr } = await runOffline(cluster);
    rmSync(path('special'));
    expect(status).toBe(0);
    expect(stderr).toContain('bb-stream: warning: skipping special file "./special"');
  });

  it.each([
    { options: ['-h', 'localhost'], complaint: '--host and --offline are incompatible options' },
    { options: ['-X', 'fetch'], complaint: '--wal-method and --offline are incompatible options' },
    { options: ['dbname=x'], complaint: 'a connection string cannot be given with --offline' },
  ])('with $options', async ({ options, complaint }) => {
    const { status, stderr } = await runOffline(cluster, options);
    expect(status).toBe(2);
    expect(stderr).toContain(complaint);
  });
});

describe('a standby that was stopped', () => {
  const server = servers()[0] as Server;
  const folder = temporaryFolder();
  let primary: Cluster;
  let standby: Cluster;

  beforeAll(async () => {
    primary = await startPrimary(server);
    standby = await startStandby(primary, join(folder, 'standby'));
    await primary.query('CREATE TABLE t AS SELECT generate_series(1, 50000) AS id');
    await untilCaughtUp(primary, standby);
    await standby.stop();
  });
  afterAll(async () => {
    await standby?.dispose();
    await primary?.dispose();
    removeFolder(folder);
  });

  it('gives a backup that starts as a standby and follows the primary', async () => {
    const data = join(folder, 'copy');
    await pipelineOk([offline(standby), tool('bb-verify', ['--tee', '-q']), splitStage(data, ['-Fp'])]);
    await verifyBackup(server, data);
    const copy = await Cluster.adopt(data, server);
    try {
      await copy.start();
      expect(await copy.query('SELECT pg_is_in_recovery(), count(*)::int FROM t')).toEqual([[true, 50000]]);
    } finally {
      await copy.dispose();
    }
  });
});

function oidsOf(cluster: Cluster): string[] {
  return readdirSync(join(cluster.dataDirectory, 'pg_tblspc'));
}

/** The main forks of unlogged relations, and all but their init forks. */
function unloggedOf(members: readonly TarMember[]): string[] {
  const paths = members.map(({ path }) => path);
  const relations = paths.flatMap((path) => (path.endsWith('_init') ? [path.slice(0, -'_init'.length)] : []));
  return paths.filter((path) =>
    relations.some(
      (relation) => path === relation || path === `${relation}_fsm` || path === `${relation}_vm`,
    ),
  );
}

function lastSegment(cluster: Cluster): string {
  const directory = join(cluster.dataDirectory, 'pg_wal');
  const { stdout } = spawnSync(join(cluster.server.programs, 'pg_controldata'), [cluster.dataDirectory], {
    encoding: 'utf8',
  });
  return join(directory, /REDO WAL file: +([0-9A-F]{24})/.exec(stdout)?.[1] ?? '');
}

function largestFile(cluster: Cluster): string {
  const base = join(cluster.dataDirectory, 'base');
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).map((name) => join(base, name));
  const sized = files.filter((file) => lstatSync(file).isFile());
  return sized.reduce((one, other) => (lstatSync(other).size > lstatSync(one).size ? other : one));
}
