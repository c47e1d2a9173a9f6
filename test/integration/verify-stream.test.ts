/**
 * bb-verify in a pipe: real backups as streams and as tars, good and damaged. With --tee, the stream is copied byte for
 * byte, and ends with an abort if anything is wrong.
 */

import { readdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { type Finished, run } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const TAR_BLOCK_BYTES = 512;
const PAGE_OFFSET = 5000;

function verify(stdin: Buffer, ...args: string[]): Promise<Finished> {
  const { command, args: all = [] } = tool('bb-verify', args);
  return run(command, all, { stdin });
}

describe.each(servers())('bb-verify on a stream of PostgreSQL $major', (server) => {
  let cluster: Cluster;
  let stream: Buffer;
  let relation: string;

  const backup = async (...args: string[]): Promise<Buffer> =>
    (await pipelineOk([tool('bb-stream', ['-c', 'fast', ...args, ...cluster.connectionOptions])])).stdout;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, initdb: ['--wal-segsize=1'] });
    await cluster.start();
    await cluster.createTablespace('ts1');
    await cluster.query(
      "CREATE TABLE t AS SELECT g AS id, repeat('x', 100) AS x FROM generate_series(1, 500) g",
    );
    await cluster.query('CREATE TABLE u (id int) TABLESPACE ts1; INSERT INTO u VALUES (1)');
    [[relation]] = (await cluster.query<[string]>("SELECT pg_relation_filepath('t')")) as [[string]];
    await cluster.query('CHECKPOINT');
    stream = await backup('-X', 'fetch');
  });
  afterAll(() => cluster.dispose());

  /** The stream with one byte changed, at this offset in the member's contents. */
  function changed(member: string, offset: number): Buffer {
    const copy = Buffer.from(stream);
    const header = copy.indexOf(Buffer.from(`${member}\0\0`));
    expect(header).toBeGreaterThan(0);
    const at = header + TAR_BLOCK_BYTES + offset;
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  }

  it('says that a good one is good, and what it has checked', async () => {
    const { status, stdout, stderr } = await verify(stream);
    expect(stderr).toBe('');
    expect(stdout.toString()).toMatch(/^backup successfully verified\nchecked: \d+ files by name and size, /);
    expect(stdout.toString()).toMatch(/^checked: \d{4} pages, /m);
    expect(stdout.toString()).toMatch(/^checked: \d+ records of WAL, /m);
    expect(stdout.toString()).not.toMatch(/^not checked: (?!\d+ pages?)/m);
    expect(status).toBe(0);
  });

  it('checks WAL that was streamed beside the backup', async () => {
    const { status, stdout, stderr } = await verify(await backup('-X', 'stream'));
    expect(stderr).toBe('');
    expect(stdout.toString()).toMatch(/^checked: \d+ records of WAL, /m);
    expect(status).toBe(0);
  });

  it('passes a good one on with --tee, byte for byte', async () => {
    const { status, stdout, stderr } = await verify(stream, '--tee');
    expect(stdout.equals(stream)).toBe(true);
    expect(stderr).toMatch(/^backup successfully verified\n/);
    expect(status).toBe(0);
  });

  it.each([
    {
      name: 'a changed file',
      damaged: () => changed('pg_hba.conf', 10),
      message: 'checksum mismatch for file "pg_hba.conf" in archive "base.tar"',
    },
    {
      name: 'a damaged page',
      damaged: () => changed(relation, PAGE_OFFSET),
      message: /checksum verification failed in file "base\/\d+\/\d+", block 0: calculated checksum/,
    },
    {
      name: 'a damaged control file',
      damaged: () => changed('global/pg_control', 40),
      message: 'invalid control file "global/pg_control"',
    },
    {
      name: 'a damaged tar header',
      damaged: () => changed('pg_hba.conf', -400),
      message: /checksum of a member header/,
    },
    {
      name: 'a stream that is cut',
      damaged: () => stream.subarray(0, stream.length - 6),
      message: /stream ended before its end/,
    },
    {
      name: 'a changed manifest',
      damaged: () => {
        const copy = Buffer.from(stream);
        copy.write('9', copy.lastIndexOf('"Size": ') + '"Size": '.length);
        return copy;
      },
      message: /manifest checksum mismatch/,
    },
    {
      name: 'a changed WAL record',
      damaged: () => {
        const [, start = '0'] = /"Start-LSN": "[0-9A-F]+\/([0-9A-F]+)"/.exec(stream.toString('latin1')) ?? [];
        const [, name = ''] = /pg_wal\/([0-9A-F]{24})\0/.exec(stream.toString('latin1')) ?? [];
        return changed(`pg_wal/${name}`, (Number.parseInt(start, 16) % 1024 ** 2) + 24);
      },
      message: 'WAL parsing failed for timeline 1',
    },
  ])('finds $name, and nothing behind it takes it for good', async ({ damaged, message }) => {
    const bytes = damaged();
    const { status, stderr, stdout } = await verify(bytes);
    expect(stderr).toMatch(message);
    expect(stdout.toString()).not.toContain('successfully verified');
    expect(status).toBe(1);
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'in'), bytes);
    const { statuses } = await pipeline([
      { command: 'cat', args: [join(folder, 'in')] },
      tool('bb-verify', ['--tee']),
      tool('bb-split', ['-N', '-D', join(folder, 'out')]),
    ]);
    expect(statuses.slice(1)).toEqual([1, 1]);
    removeFolder(folder);
  });

  it('calls it trouble if the manifest has another algorithm, and takes it from -a', async () => {
    const other = await backup('--manifest-checksums=SHA256');
    const { status, stderr } = await verify(other);
    expect(stderr).toContain('error: the manifest has SHA256 checksums, but CRC32C was computed');
    expect(stderr).toContain('hint: Use --algorithm=SHA256.');
    expect(status).toBe(2);
    expect((await verify(other, '-a', 'sha256')).status).toBe(0);
  });

  it('finds WAL missing unless it is told that it is elsewhere', async () => {
    const bare = await backup('-X', 'none');
    const { status, stderr } = await verify(bare);
    expect(stderr).toContain('WAL parsing failed for timeline 1');
    expect(status).toBe(1);
    const told = await verify(bare, '-n');
    expect(told.stdout.toString()).toContain('not checked: WAL (not wanted)');
    expect(told.status).toBe(0);
  });

  it('calls a backup without a manifest trouble', async () => {
    const { status, stderr } = await verify(await backup('--no-manifest'));
    expect(stderr).toContain('could not verify the backup: it has no manifest');
    expect(status).toBe(2);
  });

  describe('split into a directory of tars', () => {
    const inTars = async (
      damage: (directory: string, oid: string) => void,
      ...args: string[]
    ): Promise<Finished> => {
      const folder = temporaryFolder();
      const directory = join(folder, 'tars');
      const split = tool('bb-split', ['-N', '-D', directory]);
      await run(split.command, split.args, { stdin: stream });
      const oid = readdirSync(directory).find((name) => /^\d/.test(name)) ?? '';
      damage(directory, oid);
      const { command, args: all = [] } = tool('bb-verify', [...args, directory]);
      try {
        return await run(command, all);
      } finally {
        removeFolder(folder);
      }
    };

    it('is good', async () => {
      const { status, stdout, stderr } = await inTars(() => {});
      expect(stderr).toBe('');
      expect(stdout.toString()).toMatch(/^backup successfully verified\n/);
      expect(stdout.toString()).toMatch(/^checked: \d{4} pages, /m);
      expect(stdout.toString()).toMatch(/^checked: \d+ records of WAL, /m);
      expect(status).toBe(0);
    });

    it.each([
      {
        name: 'a missing tablespace',
        damage: (directory: string, oid: string) => unlinkSync(join(directory, oid)),
        message: /"pg_tblspc\/\d+\/PG_.*" is present in the manifest but not on disk/,
        status: 1,
      },
      {
        name: 'a file that does not belong there',
        damage: (directory: string) => writeFileSync(join(directory, 'extra'), ''),
        message: /file "extra" is not expected in a tar format backup/,
        status: 1,
      },
      {
        name: 'an archive that is cut short',
        damage: (directory: string) => truncateSync(join(directory, 'base.tar'), 1024 * 1024),
        message: /archive "base.tar" is cut short/,
        status: 1,
      },
      {
        name: 'an archive that is not compressed as its name says',
        damage: (directory: string, oid: string) =>
          renameSync(join(directory, oid), join(directory, `${oid}.gz`)),
        message: /could not decompress archive "\d+\.tar\.gz": /,
        status: 1,
      },
    ])('with $name is not', async ({ damage, message, status }) => {
      const finished = await inTars(damage);
      expect(finished.stderr).toMatch(message);
      expect(finished.status).toBe(status);
    });
  });

  const basebackup = clientTool('pg_basebackup', server);
  it.skipIf(basebackup === undefined)(
    'verifies a tar with its manifest, but does not pass it on',
    async () => {
      const single = await Cluster.create({ server });
      await single.start();
      const args = ['-Ft', '-D', '-', '-X', 'fetch', '-c', 'fast', ...single.connectionOptions];
      const { stdout: tar } = await run(basebackup ?? '', args);
      await single.dispose();
      const { status, stdout } = await verify(tar);
      expect(stdout.toString()).toMatch(/^backup successfully verified\n/);
      expect(stdout.toString()).toMatch(/^checked: \d{4} pages, /m);
      expect(status).toBe(0);
      const passed = await verify(tar, '--tee');
      expect(passed.stderr).toContain('--tee takes backup streams only');
      expect(passed.status).toBe(2);
    },
  );

  it('ends at the first finding with -e', async () => {
    const copy = changed('pg_hba.conf', 10);
    const header = copy.indexOf('pg_ident.conf\0');
    changed('pg_ident.conf', 10).copy(copy, header, header, header + 2 * TAR_BLOCK_BYTES);
    expect((await verify(copy)).stderr).toContain('2 problems found');
    expect((await verify(copy, '-e')).stderr).toContain('1 problem found');
  });

  it('says nothing of its own when the upstream has failed', async () => {
    const { statuses, stdout, stderrs } = await pipeline([
      tool('bb-stream', ['-h', cluster.folder, '-p', '1', '-U', 'postgres']),
      tool('bb-verify', []),
    ]);
    expect(statuses).toEqual([2, 1]);
    expect(stdout.toString()).toBe('');
    expect(stderrs[1]).toMatch(/backup was aborted upstream/);
  });
});
