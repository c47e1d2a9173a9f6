/**
 * bb-verify on data directories: backups of real servers, good and damaged in every way of pg_verifybackup's own tests
 * (003_corruption, 004_options, 005_bad_manifest, 007_wal), and in ways that it does not notice. If pg_verifybackup of
 * the server's version is installed, it must give the same verdict.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { ownTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const BLOCK_BYTES = 8192;
const TABLE_ROWS = 2000;

/** Changes one byte of a file. */
function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0x01, at);
  writeFileSync(file, bytes);
}

/** Corrects the checksum of a manifest after a change. */
function sealManifest(file: string): void {
  const text = readFileSync(file, 'latin1');
  const body = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
  const digest = createHash('sha256').update(body, 'latin1').digest('hex');
  writeFileSync(file, `${body}"Manifest-Checksum": "${digest}"}\n`, 'latin1');
}

/** Copies a backup; the files of databases are links to the same ones, but for the one that is to be changed. */
function copyBackup(from: string, to: string, changed: string): void {
  const databases = join(from, 'base');
  const filter = (path: string) => path !== databases;
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
  execFileSync('cp', ['-al', databases, to]);
  unlinkSync(join(to, changed));
  copyFileSync(join(from, changed), join(to, changed));
}

describe.each(servers())('bb-verify on a backup of PostgreSQL $major', (server) => {
  const oracle = ownTool('pg_verifybackup', server);
  let cluster: Cluster;
  let folder: string;
  let pristine: string;
  let backup: string;
  let relation: string;
  let tablespace: string;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'] });
    await cluster.start();
    const location = await cluster.createTablespace('ts1');
    await cluster.query(
      `CREATE TABLE t AS SELECT g AS id, repeat('x', 100) AS filler FROM generate_series(1, ${TABLE_ROWS}) g`,
    );
    await cluster.query('CREATE TABLE u (id int) TABLESPACE ts1; INSERT INTO u VALUES (1)');
    await cluster.query('CHECKPOINT');
    [[relation = '']] = (await cluster.query<[string]>("SELECT pg_relation_filepath('t')")) as [[string]];
    folder = temporaryFolder();
    pristine = join(folder, 'pristine');
    await pipelineOk([
      tool('bb-stream', ['-c', 'fast', '-X', 'fetch', ...cluster.connectionOptions]),
      tool('bb-split', ['-Fp', '-N', '-D', pristine, '-T', `${location}=${join(folder, 'ts1')}`]),
    ]);
    tablespace = readdirSync(join(pristine, 'pg_tblspc'))[0] ?? '';
    await cluster.stop();
  });

  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  beforeEach(() => {
    backup = join(folder, 'backup');
    rmSync(backup, { recursive: true, force: true });
    copyBackup(pristine, backup, relation);
    const link = join(backup, 'pg_tblspc', tablespace);
    cpSync(readlinkSync(link), join(folder, 'ts-copy'), { recursive: true });
    unlinkSync(link);
    symlinkSync(join(folder, 'ts-copy'), link);
    return () => rmSync(join(folder, 'ts-copy'), { recursive: true, force: true });
  });

  const verify = (...args: string[]): Promise<Finished> => {
    const { command, args: all = [] } = tool('bb-verify', [...args, backup]);
    return run(command, all);
  };
  const manifest = () => join(backup, 'backup_manifest');

  /** Both tools find nothing. */
  async function expectGood(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await verify(...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    if (oracle !== undefined) expect((await run(oracle, [...args, backup])).stderr).toBe('');
    return stdout.toString();
  }

  /** bb-verify prints this message, and pg_verifybackup, if it should find it too, fails. */
  async function expectBad(message: RegExp, { args = [] as string[], oracleToo = true } = {}): Promise<void> {
    const { status, stdout, stderr } = await verify(...args);
    expect(stderr).toMatch(message);
    expect(stdout.toString()).not.toContain('successfully verified');
    expect(status).toBe(1);
    if (oracle === undefined || args.includes('-j2')) return;
    const { status: theirs, stderr: words } = await run(oracle, [...args, backup]);
    expect(theirs).toBe(oracleToo ? 1 : 0);
    if (oracleToo) expect(words).toMatch(message);
  }

  it('says that a good one is good, and what it has checked', async () => {
    const report = await expectGood();
    const [verdict, ...lines] = report.trim().split('\n');
    expect(verdict).toBe('backup successfully verified');
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^checked: \d{3,} files by name and size, \d+ MB$/),
        expect.stringMatching(/^checked: \d{3,} files by checksum, \d+ MB$/),
        expect.stringMatching(/^checked: \d{4} pages, of which \d+ are empty$/),
        expect.stringMatching(/^checked: \d+ records of WAL, .*$/),
        'checked: global/pg_control',
        'checked: backup_label',
      ]),
    );
  });

  it.each([
    {
      name: 'an extra file',
      damage: () => writeFileSync(join(backup, 'extra_file'), 'This is an extra file.\n'),
      message: /"extra_file" is present on disk but not in the manifest/,
    },
    {
      name: 'an extra file in a tablespace',
      damage: () => writeFileSync(join(backup, 'pg_tblspc', tablespace, 'extra'), 'x'),
      message: /"pg_tblspc\/[0-9]+\/extra" is present on disk but not in the manifest/,
    },
    {
      name: 'a missing file',
      damage: () => unlinkSync(join(backup, 'pg_xact/0000')),
      message: /"pg_xact\/0000" is present in the manifest but not on disk/,
    },
    {
      name: 'a missing tablespace',
      damage: () => unlinkSync(join(backup, 'pg_tblspc', tablespace)),
      message: /"pg_tblspc\/[0-9]+\/PG_.*" is present in the manifest but not on disk/,
    },
    {
      name: 'a link to nowhere',
      damage: () => {
        unlinkSync(join(backup, 'pg_ident.conf'));
        symlinkSync('/nowhere', join(backup, 'pg_ident.conf'));
      },
      message: /could not stat file or directory "pg_ident.conf": No such file or directory/,
    },
    {
      name: 'an appended file',
      damage: () => appendFileSync(join(backup, 'PG_VERSION'), 'x'),
      message: /"PG_VERSION" has size 4 on disk but size 3 in the manifest/,
    },
    {
      name: 'a truncated file',
      damage: () => truncateSync(join(backup, 'pg_hba.conf'), 0),
      message: /"pg_hba.conf" has size 0 on disk but size \d+ in the manifest/,
    },
    {
      name: 'a replaced file',
      damage: () => writeFileSync(join(backup, 'PG_VERSION'), 'xy\n'),
      message: /checksum mismatch for file "PG_VERSION"/,
    },
    {
      name: 'a manifest that does not match its checksum',
      damage: () => flip(manifest(), 60),
      message: /manifest checksum mismatch|could not parse backup manifest: /,
    },
    {
      name: 'a manifest that is cut short',
      damage: () => truncateSync(manifest(), 1000),
      message: /could not parse backup manifest: /,
    },
    {
      name: 'a missing WAL segment',
      damage: () => {
        for (const name of readdirSync(join(backup, 'pg_wal')))
          if (/^[0-9A-F]{24}$/.test(name)) unlinkSync(join(backup, 'pg_wal', name));
      },
      message: /WAL parsing failed for timeline 1/,
    },
    {
      name: 'a flipped bit in a WAL record',
      damage: () => {
        const { start } = walRange();
        const segment =
          readdirSync(join(backup, 'pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name))[0] ?? '';
        flip(join(backup, 'pg_wal', segment), Number(start % (1024n * 1024n)) + 24);
      },
      message: /WAL parsing failed for timeline 1/,
    },
  ])('finds $name', async ({ damage, message }) => {
    damage();
    await expectBad(message);
  });

  /** The position where the WAL of the backup starts. */
  function walRange(): { start: bigint } {
    const [, high = '0', low = '0'] =
      /"Start-LSN": "([0-9A-F]+)\/([0-9A-F]+)"/.exec(readFileSync(manifest(), 'utf8')) ?? [];
    return { start: (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`) };
  }

  /** Changes a file and its line in the manifest, so that only the file itself shows the damage. */
  function damageWithManifest(path: string, at: number): void {
    flip(join(backup, path), at);
    const text = readFileSync(manifest(), 'utf8').replace(
      new RegExp(`("Path": "${path}", .*"Checksum-Algorithm": )"CRC32C", "Checksum": "[0-9a-f]+"`),
      (_, head: string) =>
        `${head}"SHA256", "Checksum": "${createHash('sha256')
          .update(readFileSync(join(backup, path)))
          .digest('hex')}"`,
    );
    writeFileSync(manifest(), text);
    sealManifest(manifest());
  }

  it('finds a damaged page that the manifest has the checksum of', async () => {
    damageWithManifest(relation, 2 * BLOCK_BYTES + 5000);
    const message = new RegExp(
      `checksum verification failed in file "${relation}", block 2: calculated checksum [0-9A-F]+ but expected [0-9A-F]+`,
    );
    await expectBad(message, { oracleToo: false });
    await expectGood('--skip-checksums');
    const { status, stdout } = await verify('--no-page-checksums');
    expect(status).toBe(0);
    expect(stdout.toString()).toContain('not checked: page checksums (not wanted)');
  });

  it('finds a page whose LSN is beyond the end of the backup', async () => {
    damageWithManifest(relation, 3);
    await expectBad(/has a page with LSN 1000000\/[0-9A-F]+, but the backup ends at 0\/[0-9A-F]+/, {
      oracleToo: false,
    });
  });

  it('finds a damaged control file that the manifest has the checksum of', async () => {
    damageWithManifest('global/pg_control', 40);
    const message = /invalid control file "global\/pg_control"|global\/pg_control: CRC is incorrect/;
    await expectBad(message, { oracleToo: server.major >= 17 });
  });

  it('finds a backup label of another backup', async () => {
    const path = 'backup_label';
    const label = readFileSync(join(backup, path), 'latin1');
    damageWithManifest(path, label.indexOf(' (file') - 1);
    await expectBad(
      /"backup_label" says that the backup starts at .*, but no WAL range of the manifest does/,
      {
        oracleToo: false,
      },
    );
  });

  it('finds everything, or only the first thing under -e', async () => {
    unlinkSync(join(backup, 'PG_VERSION'));
    writeFileSync(join(backup, 'extra_file'), '');
    const all = await verify();
    expect(all.stderr).toMatch(/"extra_file" is present on disk/);
    expect(all.stderr).toMatch(/"PG_VERSION" is present in the manifest/);
    expect(all.stderr).toContain('bb-verify: error: backup verification failed: 2 problems found');
    const first = await verify('-e');
    expect(first.stderr).toContain('1 problem found');
    expect(first.status).toBe(1);
  });

  it('tells in one line of a server that has been started there', async () => {
    const copy = await Cluster.adopt(backup, server);
    await copy.start();
    await copy.dispose();
    const { status, stdout, stderr } = await verify();
    expect(stderr).toBe(
      `bb-verify: error: data directory "${backup}" has been used by a server since the backup was restored\n` +
        'bb-verify: detail: It has "postmaster.opts" and "backup_label.old" in place of "backup_label".\n' +
        'bb-verify: hint: A server changes files as soon as it is started; verify the stored backup, or restore it again.\n' +
        'bb-verify: error: backup verification failed: 1 problem found\n',
    );
    expect(stdout.toString()).toBe(
      'checked: 0 files by name and size, 0 bytes\nnot checked: all files (a server may have changed them)\n',
    );
    expect(status).toBe(1);
  });

  it('ignores what it is told to ignore', async () => {
    // Since version 18, pg_verifybackup takes a directory without PG_VERSION for tar format.
    unlinkSync(join(backup, 'pg_ident.conf'));
    rmSync(join(backup, 'pg_xact'), { recursive: true });
    writeFileSync(join(backup, 'postgresql.auto.conf'), 'x');
    await expectGood('-i', 'pg_ident.conf', '--ignore', 'pg_xact/');
    await expectBad(/"pg_xact\/0000" is present in the manifest but not on disk/, {
      args: ['-i', 'pg_ident.conf', '-i', 'pg_xac'],
    });
  });

  it('takes manifest and WAL from elsewhere', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { recursive: true });
    renameSync(manifest(), join(elsewhere, 'm'));
    renameSync(join(backup, 'pg_wal'), join(elsewhere, 'w'));
    mkdirSync(join(backup, 'pg_wal'));
    await expectGood('-m', join(elsewhere, 'm'), '-w', join(elsewhere, 'w'));
    expect(await expectGood('-m', join(elsewhere, 'm'), '-n')).toContain('not checked: WAL (not wanted)');
    await expectBad(/WAL parsing failed for timeline 1/, { args: ['-m', join(elsewhere, 'm')] });
  });

  it('is told the format, and how many threads to use', async () => {
    const { stdout } = await verify('-Fp');
    expect((await verify('-j3', '--format=plain')).stdout.toString()).toBe(stdout.toString());
    const asTars = await verify('-F', 'tar', '-n');
    expect(asTars.stderr).toMatch(/^bb-verify: error: file "pg_multixact" is not a regular file$/m);
    expect(asTars.status).toBe(1);
    damageWithManifest(relation, 2 * BLOCK_BYTES + 5000);
    await expectBad(/checksum verification failed in file ".*", block 2/, {
      args: ['-j2'],
      oracleToo: false,
    });
  });

  it('is quiet, or shows how far it has come', async () => {
    expect(await expectGood('-q')).toBe('');
    const { status, stderr } = await verify('-P');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^bb-verify: \d+ MB of \d+ MB \(100%\), /m);
    // What scripts look for that know pg_verifybackup (src/bin/pg_verifybackup/t/004_options.pl).
    expect(stderr).toMatch(/^bb-verify: (\d+)\/\1 kB \(100%\) verified\n$/m);
    expect((await verify('--progress=json')).stderr).toMatch(
      /^\{"bytes":\d+,"total":\d+,"seconds":[0-9.e-]+\}$/m,
    );
  });

  it('reports in JSON', async () => {
    writeFileSync(join(backup, 'extra_file'), '');
    const { status, stdout } = await verify('--format=json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      version: 1,
      verified: false,
      findings: [
        {
          check: 'file',
          path: 'extra_file',
          message: '"extra_file" is present on disk but not in the manifest',
        },
      ],
      checked: { files: { count: expect.any(Number) }, pages: { bad: 0 }, wal: { ranges: 1 } },
      not_checked: { others: [] },
      newer_versions: [],
    });
  });

  it.each([
    {
      name: 'a missing manifest',
      damage: () => unlinkSync(manifest()),
      message: /could not open file ".*backup_manifest": No such file/,
    },
    {
      name: 'a missing directory',
      damage: () => rmSync(backup, { recursive: true }),
      message: /could not open file /,
    },
  ])('calls $name trouble', async ({ damage, message }) => {
    damage();
    const { status, stderr } = await verify();
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
    expect(existsSync(manifest())).toBe(false);
  });
});

describe.each(servers())('bb-verify on a cluster of PostgreSQL $major without checksums', (server) => {
  it('says that there are none, or fails if they are insisted on', async () => {
    const cluster = await Cluster.create({ server, checksums: false });
    await cluster.start();
    const folder = temporaryFolder();
    const backup = join(folder, 'backup');
    await pipelineOk([
      tool('bb-stream', ['-c', 'fast', '--manifest-checksums=SHA256', ...cluster.connectionOptions]),
      tool('bb-split', ['-Fp', '-N', '-D', backup]),
    ]);
    await cluster.dispose();
    const { command, args = [] } = tool('bb-verify', [backup]);
    const auto = await run(command, args);
    expect(auto.stdout.toString()).toContain('not checked: page checksums (the cluster has none)');
    expect(auto.status).toBe(0);
    const insisted = await run(command, ['--page-checksums', ...args]);
    expect(insisted.stderr).toContain('could not check page checksums: the cluster has none');
    expect(insisted.status).toBe(2);
    removeFolder(folder);
  });
});
