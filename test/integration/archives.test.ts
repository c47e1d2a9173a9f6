/**
 * bb-split -Ft writes the same bytes as pg_basebackup -Ft, and tar(1) and pg_verifybackup accept them. The cluster is
 * idle and has tablespaces with awkward locations.
 */

import {
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, splitStage, streamStage } from '../support/backup.ts';
import type { Cluster } from '../support/cluster.ts';
import { compareArchives, compareManifests } from '../support/compare-archives.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { startShaped } from '../support/shapes.ts';
import { readTarFile } from '../support/tar-members.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const TAR_BLOCK_BYTES = 512;
const SEGMENT = /^pg_wal\/[0-9A-F]{24}$/;

describe.each(servers())('the archives of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const pgBasebackup = clientTool('pg_basebackup', server);
  const recording = join(folder, 'backup.stream');
  const ours = join(folder, 'ours');
  let cluster: Cluster;

  beforeAll(async () => {
    ({ cluster } = await startShaped(server));
    await pipelineOk([streamStage(cluster, ['-l', 'same', '-X', 'fetch'])], { stdoutFile: recording });
    await pipelineOk([{ command: 'cat', args: [recording] }, splitStage(ours)]);
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  const likePgBasebackup = async (directory: string, wal: string) => {
    const theirs = join(folder, `theirs-${wal}`);
    const options = ['-Ft', '-c', 'fast', '-N', '-l', 'same', '-X', wal, '-D', theirs];
    await runOk(pgBasebackup ?? '', [...cluster.connectionOptions, ...options]);
    expect(compareArchives(directory, theirs)).toEqual([]);
    expect(compareManifests(directory, theirs)).toEqual([]);
  };

  it.skipIf(pgBasebackup === undefined)('are those of pg_basebackup -Ft -X none', async () => {
    const directory = join(folder, 'ours-none');
    await backUp(cluster, directory, { stream: ['-l', 'same', '-X', 'none'] });
    await likePgBasebackup(directory, 'none');
  });

  it.skipIf(pgBasebackup === undefined)('are those of pg_basebackup -Ft -X fetch, but for WAL', async () => {
    await likePgBasebackup(ours, 'fetch');
  });

  it('hold the WAL that the server has', () => {
    const segments = readTarFile(join(ours, 'base.tar')).members.filter(({ path }) => SEGMENT.test(path));
    expect(segments.length).toBeGreaterThan(0);
    for (const { path, contents } of segments) {
      expect(contents.equals(readFileSync(join(cluster.dataDirectory, path))), path).toBe(true);
    }
  });

  it('are listed by --list as tar lists them', async () => {
    const listed = await listByBb(recording);
    expect([...listed.keys()].sort()).toEqual(archives(ours));
    for (const [archive, members] of listed) {
      expect(members).toEqual(await listByTar(join(ours, archive)));
    }
  });

  it.each([
    { what: 'a header', at: 100 },
    { what: 'the contents of a file', at: 600 },
  ])('would not be called equal if one byte of $what were another', ({ at }) => {
    const damaged = join(folder, `damaged-${at}`);
    cpSync(ours, damaged, { recursive: true });
    const archive = join(damaged, archives(ours)[0] ?? '');
    const bytes = readFileSync(archive);
    // The first members are directories, which have no contents.
    const file = readTarFile(archive).members.findIndex(({ contents }) => contents.length > 0);
    const damage = file * TAR_BLOCK_BYTES + at;
    bytes.writeUInt8(bytes.readUInt8(damage) ^ 1, damage);
    writeFileSync(archive, bytes);
    expect(compareArchives(damaged, ours)).toEqual([expect.stringMatching(/another header|other contents/)]);
  });

  it('unpacked by tar are accepted by pg_verifybackup', async () => {
    const unpacked = join(folder, 'unpacked');
    mkdirSync(unpacked);
    await cluster.stop();
    for (const archive of archives(ours).reverse()) {
      const oid = /^\d+/.exec(archive)?.[0];
      const directory = oid === undefined ? unpacked : tablespaceDirectory(unpacked, oid);
      await runOk('tar', ['-xf', join(ours, archive), '-C', directory]);
    }
    copyFileSync(join(ours, 'backup_manifest'), join(unpacked, 'backup_manifest'));
    await verifyBackup(server, unpacked);
  });

  /**
   * Creates the directory for a tablespace: a link to its emptied location, as tablespace_map says; for an in-place
   * tablespace, which is in no map, a directory.
   */
  function tablespaceDirectory(unpacked: string, oid: string): string {
    const theirs = join(cluster.dataDirectory, 'pg_tblspc', oid);
    const directory = join(unpacked, 'pg_tblspc', oid);
    if (lstatSync(theirs).isSymbolicLink()) {
      emptyDirectory(theirs);
      symlinkSync(readlinkSync(theirs), directory);
    } else {
      mkdirSync(directory);
    }
    return directory;
  }
});

function emptyDirectory(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true });
}

/** The archives in their order in the stream: base.tar last. */
function archives(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tar'))
    .sort();
}

/** Permissions, size and name of each member, by tar -tv. */
async function listByTar(archive: string): Promise<string[]> {
  const lines = await runOk('tar', ['--numeric-owner', '--quoting-style=literal', '-tvf', archive]);
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^(\S+) +\S+ +(\d+) \S+ \S+ /, '$1 $2 '));
}

/** The same for each archive, from the lines "base.tar" or "16384.tar LOCATION" and the lines of members after them. */
async function listByBb(recording: string): Promise<Map<string, string[]>> {
  const { stdout } = await pipelineOk([{ command: 'cat', args: [recording] }, tool('bb-split', ['--list'])]);
  const archives = new Map<string, string[]>();
  for (const line of stdout.toString().split('\n')) {
    const archive = /^(\S+\.tar)( |$)/.exec(line)?.[1];
    const [, permissions, rest] = /^([-dl][-rwx]{9}) +(\d+ .*)/.exec(line) ?? [];
    if (archive !== undefined) archives.set(archive, []);
    else if (permissions !== undefined) [...archives.values()].at(-1)?.push(`${permissions} ${rest}`);
  }
  return archives;
}
