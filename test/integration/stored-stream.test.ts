/**
 * Stored backups back as streams: archives in tar format byte for byte, data directories as archives that restore to the
 * same tree; with what the files say of the server, and never without a manifest that is good.
 */

import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../lib/stream/frame.ts';
import { mapping, readStream, splitStage, streamStage } from '../support/backup.ts';
import type { Cluster } from '../support/cluster.ts';
import { compareArchives } from '../support/compare-archives.ts';
import { comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { clientTool, servers } from '../support/servers.ts';
import { relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const stored = (place: string, options: readonly string[] = []) =>
  tool('bb-stream', [`--backup=${place}`, ...options]);

function streamOf(place: string): Promise<Finished> {
  const { command, args } = stored(place);
  return run(command, args);
}

/** All frames before the first archive. */
function headOf(frames: readonly Frame[]): readonly Frame[] {
  return frames.slice(
    0,
    frames.findIndex(({ type }) => type === 'archive'),
  );
}

function parametersOf(frames: readonly Frame[]): Record<string, string> {
  return Object.fromEntries(
    frames.flatMap((frame) => (frame.type === 'parameter' ? [[frame.name, frame.value]] : [])),
  );
}

/** No file tells where tablespaces in the data directory itself stood in the list. */
function byOid(one: Frame, other: Frame): number {
  const oidOf = (frame: Frame) => (frame.type === 'tablespace' ? (frame.oid ?? 0) : 0);
  return oidOf(one) - oidOf(other);
}

// The stored form is the same for all versions.
describe.each(servers().slice(-1))('backups of PostgreSQL $major that were stored', (server) => {
  const folder = temporaryFolder();
  const restored = temporaryFolder();
  const kept = join(folder, 'kept');
  const archives = join(folder, 'tar');
  const plain = join(folder, 'plain', 'data');
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    await pipelineOk([streamStage(cluster, ['-X', 'fetch'])], { stdoutFile: kept });
    await pipelineOk([{ command: 'cat', args: [kept] }, splitStage(archives)]);
    // The longest location may not become longer: links in archives have no room for more.
    const moved = relocate(tablespaces, folder).options;
    await pipelineOk([{ command: 'cat', args: [kept] }, splitStage(plain, ['-Fp', ...moved])]);
  });
  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
    removeFolder(restored);
  });

  it('are the same archives again, and say of the server what it said itself', async () => {
    const { stdout, status } = await streamOf(archives);
    expect(status).toBe(0);
    const [found, expected] = [await readStream(stdout), await readStream(readFileSync(kept))];
    expect(found.error).toBeUndefined();
    const sized = (frame: Frame) => (frame.type === 'tablespace' ? { ...frame, kilobytes: null } : frame);
    const common = (frames: readonly Frame[]) =>
      headOf(frames)
        .filter(({ type }) => type !== 'parameter' && type !== 'copy')
        .map(sized)
        .sort(byOid);
    expect(common(found.frames)).toEqual(common(expected.frames));
    expect(parametersOf(found.frames)).toEqual({
      ...parametersOf(expected.frames),
      server_version: String(server.major),
    });
    await pipelineOk([
      stored(archives),
      tool('bb-verify', ['--tee', '-q']),
      splitStage(join(folder, 'again')),
    ]);
    expect(compareArchives(join(folder, 'again'), archives)).toEqual([]);
    expect(readFileSync(join(folder, 'again', 'backup_manifest'))).toEqual(
      readFileSync(join(archives, 'backup_manifest')),
    );
  });

  it.each(['gzip', 'lz4', 'zstd'])('are the same when they are compressed with %s', async (method) => {
    const compressed = join(folder, method);
    await pipelineOk([stored(archives), tool('bb-compress', ['-Z', method]), splitStage(compressed)]);
    const { stdout } = await streamOf(compressed);
    const { frames } = await readStream(stdout);
    expect(parametersOf(frames)).toEqual(
      server.major < 17
        ? {}
        : {
            system_identifier: parametersOf((await readStream(readFileSync(kept))).frames).system_identifier,
          },
    );
    const again = join(folder, `${method}-again`);
    await pipelineOk([stored(compressed), tool('bb-compress', ['-d']), splitStage(again)]);
    expect(compareArchives(again, archives)).toEqual([]);
  });

  it('are restored to the same tree from plain format, by way of archives', async () => {
    const again = join(folder, 'from-plain');
    await pipelineOk([stored(plain), tool('bb-verify', ['--tee', '-q']), splitStage(again)]);
    const moved = tablespaces.map(({ name }) => ({
      name,
      location: relocate(tablespaces, folder).places.get(name) ?? '',
    }));
    const target = join(restored, 'data');
    await pipelineOk([stored(again), splitStage(target, ['-Fp', ...relocate(moved, restored).options])]);
    expect(await comparePlain(target, plain)).toEqual([]);
    await verifyBackup(server, target);
  });

  it('are read from where their tablespaces are now', async () => {
    const was = relocate(tablespaces, folder).places.get('longest') ?? '';
    const is = join(folder, 'moved away');
    renameSync(was, is);
    try {
      const lost = await streamOf(plain);
      expect(lost.status).toBe(2);
      expect(lost.stderr).toContain(`is not at "${was}"`);
      const from = stored(plain, ['-T', mapping(was, is)]);
      await pipelineOk([from, tool('bb-verify', ['--tee', '-q']), splitStage(join(folder, 'from-moved'))]);
      const list = await pipelineOk([tool('bb-relocate', ['--list', join(folder, 'from-moved')])]);
      expect(list.stdout.toString()).toContain(`\t${was}\t`);
    } finally {
      renameSync(is, was);
    }
  });

  it.skipIf(clientTool('pg_basebackup', server) === undefined)(
    'are read as pg_basebackup has written them',
    async () => {
      const theirs = join(folder, 'theirs');
      const options = [...cluster.connectionOptions, '-c', 'fast', '-N', '-Ft', '-z', '-D', theirs];
      await runOk(clientTool('pg_basebackup', server) ?? '', options);
      await pipelineOk([stored(theirs), tool('bb-verify', ['-q'])]);
    },
  );

  it('pass as a file too', async () => {
    const { stdout, status } = await streamOf(kept);
    expect(status).toBe(0);
    expect(stdout.equals(readFileSync(kept))).toBe(true);
  });

  describe('and are not whole', () => {
    const damaged = join(folder, 'damaged');

    it.each<{ name: string; damage: () => void; status: number; message: string }>([
      {
        name: 'the manifest is missing',
        damage: () => rmSync(join(damaged, 'backup_manifest')),
        status: 1,
        message: `directory "${damaged}" has no "backup_manifest"`,
      },
      {
        name: 'the manifest is not the one it was',
        damage: () => {
          const path = join(damaged, 'backup_manifest');
          writeFileSync(path, readFileSync(path, 'utf8').replace('PG_VERSION', 'PG_VERSIOM'));
        },
        status: 1,
        message: 'manifest checksum mismatch',
      },
      {
        name: 'base.tar is missing',
        damage: () => rmSync(join(damaged, 'base.tar')),
        status: 1,
        message: 'archive "base.tar" is missing',
      },
      {
        name: 'pg_control is damaged',
        damage: () => {
          const path = join(damaged, 'base.tar');
          const bytes = readFileSync(path);
          const at = bytes.indexOf('global/pg_control\0') + 512 + 100;
          bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
          writeFileSync(path, bytes);
        },
        status: 1,
        message: 'invalid control file "global/pg_control"',
      },
      {
        name: 'the kept stream is cut',
        damage: () => {
          rmSync(damaged, { recursive: true });
          cpSync(kept, damaged);
          truncateSync(damaged, 100_000);
        },
        status: 1,
        message: 'stream ended before its end',
      },
      {
        name: 'it is a mere tar',
        damage: () => {
          rmSync(damaged, { recursive: true });
          cpSync(join(archives, 'base.tar'), damaged);
        },
        status: 2,
        message: `file "${damaged}" is a tar, which does not say where the backup starts`,
      },
      {
        name: 'there is nothing',
        damage: () => rmSync(damaged, { recursive: true }),
        status: 2,
        message: `could not open "${damaged}": No such file or directory`,
      },
    ])('are refused when $name', async ({ damage, status, message }) => {
      rmSync(damaged, { recursive: true, force: true });
      cpSync(archives, damaged, { recursive: true });
      damage();
      const result = await streamOf(damaged);
      expect(result.stderr).toContain(message);
      expect(result.status).toBe(status);
      expect((await readStream(result.stdout)).error).toBeDefined();
    });
  });
});
