/**
 * Stored backups as the operand of every tool, in place of standard input: directories of bb-split and pg_basebackup in
 * tar format, and files with a stream. The restored files are those of a restore directly from the server; they verify,
 * and a server starts.
 */

import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { comparePlain } from '../support/compare-trees.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { anyServer, clientTool } from '../support/servers.ts';
import { readTables, relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const COMPRESSIONS = ['gzip', 'lz4', 'zstd'];

/** Runs one of our tools by itself. */
function ours(name: string, args: readonly string[]): Promise<Finished> {
  const { command, args: rest = [] } = tool(name, args);
  return run(command, rest);
}

/** The same; it must succeed. */
function oursOk(name: string, args: readonly string[]): Promise<string> {
  const { command, args: rest = [] } = tool(name, args);
  return runOk(command, rest);
}

// The stored form is the same for all versions.
describe.each(anyServer())('backups of PostgreSQL $major that were stored', (server) => {
  const folder = temporaryFolder();
  const kept = join(folder, 'kept');
  const stored = join(folder, 'tar');
  const direct = join(folder, 'direct', 'data');
  const pgBasebackup = clientTool('pg_basebackup', server);
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];

  const restore = (name: string, backup: string, options: readonly string[] = []) => {
    const target = join(folder, name, 'data');
    const moved = relocate(tablespaces, join(folder, name)).options;
    return oursOk('bb-split', ['-Fp', '-N', '-D', target, ...moved, ...options, backup]).then(() => target);
  };

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    await pipelineOk([streamStage(cluster)], { stdoutFile: kept });
    await oursOk('bb-split', ['-N', '-D', stored, kept]);
    const moved = relocate(tablespaces, join(folder, 'direct')).options;
    await pipelineOk([{ command: 'cat', args: [kept] }, splitStage(direct, ['-Fp', ...moved])]);
    for (const method of COMPRESSIONS) {
      const stages = [tool('bb-compress', ['-Z', method, kept]), splitStage(join(folder, method))];
      await pipelineOk(stages);
    }
    await pipelineOk([tool('bb-compress', ['-Z', 'lz4', kept])], { stdoutFile: `${kept}.lz4` });
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  it.each(['tar', ...COMPRESSIONS, 'kept', 'kept.lz4'])('are restored from %s', async (name) => {
    const restored = await restore(`from-${name}`, join(folder, name));
    expect(await comparePlain(restored, direct)).toEqual([]);
    for (const file of ['backup_label', 'backup_manifest'])
      expect(readFileSync(join(restored, file))).toEqual(readFileSync(join(direct, file)));
    await verifyBackup(server, restored);
  });

  it.skipIf(pgBasebackup === undefined)(
    'are restored from what pg_basebackup -Ft -z has written',
    async () => {
      const theirs = join(folder, 'theirs');
      const options = [...cluster.connectionOptions, '-c', 'fast', '-N', '-Ft', '-z', '-D', theirs];
      await runOk(pgBasebackup ?? '', options);
      await verifyBackup(server, await restore('from-theirs', theirs));
    },
  );

  it('start, with recovery settings too', async () => {
    const restored = await restore('started', stored, ['-R', '--primary-conninfo=host=db1']);
    expect(existsSync(join(restored, 'standby.signal'))).toBe(true);
    rmSync(join(restored, 'standby.signal'));
    const copy = await Cluster.adopt(restored, server);
    try {
      await copy.start();
      const tables = new Map(await readTables(cluster));
      expect(await readTables(copy)).toEqual(tables.set('table in equal, unlogged', '0 rows, 0'));
    } finally {
      await copy.dispose();
    }
  });

  it('are listed as the stream is', async () => {
    // In the stream, pg_wal.tar is interrupted.
    const lines = async (place: string) => new Set((await oursOk('bb-split', ['--list', place])).split('\n'));
    expect(await lines(stored)).toEqual(await lines(kept));
    expect(await oursOk('bb-relocate', ['--list', stored])).toMatch(/^\d+\t/);
    expect(await oursOk('bb-split', ['--to-stdout=backup_label', join(folder, 'zstd')])).toBe(
      readFileSync(join(direct, 'backup_label'), 'utf8'),
    );
  });

  it('go through bb-compress and bb-relocate', async () => {
    const all = join(folder, 'relocated', 'ts');
    const target = join(folder, 'relocated', 'data');
    await pipelineOk([
      tool('bb-compress', ['-d', join(folder, 'gzip')]),
      tool('bb-verify', ['--tee', '-q']),
      splitStage(join(folder, 'plain-again')),
    ]);
    await pipelineOk([
      tool('bb-relocate', [`--all-into=${all}`, join(folder, 'plain-again')]),
      splitStage(target, ['-Fp']),
    ]);
    await verifyBackup(server, target);
    expect(existsSync(all)).toBe(true);
  });

  it('are verified, the kept stream too', async () => {
    const places = [stored, kept, `${kept}.lz4`, ...COMPRESSIONS.map((method) => join(folder, method))];
    for (const place of places) await oursOk('bb-verify', [place]);
    const passed = join(folder, 'passed');
    await pipelineOk([tool('bb-verify', ['--tee', '-q', kept])], { stdoutFile: passed });
    expect(readFileSync(passed).equals(readFileSync(kept))).toBe(true);
  });

  describe('and are not whole', () => {
    const damaged = join(folder, 'damaged');
    const target = join(folder, 'nothing', 'data');

    it.each<{ name: string; damage: () => void; status: number; message: string }>([
      {
        name: 'an archive is missing',
        damage: () => rmSync(join(damaged, `${oids()[0]}.tar`)),
        status: 1,
        message: '.tar" is missing',
      },
      {
        name: 'base.tar is missing',
        damage: () => rmSync(join(damaged, 'base.tar')),
        status: 1,
        message: `archive "base.tar" is missing in directory "${damaged}"`,
      },
      {
        name: 'base.tar is cut',
        damage: () => truncateSync(join(damaged, 'base.tar'), 5 * 1024 * 1024),
        status: 1,
        message: 'archive "base.tar" is cut short',
      },
      {
        name: 'base.tar is there twice',
        damage: () => cpSync(join(folder, 'gzip', 'base.tar.gz'), join(damaged, 'base.tar.gz')),
        status: 1,
        message: 'archive "base.tar" is stored twice, as "base.tar" and as "base.tar.gz"',
      },
      {
        name: 'the manifest is damaged',
        damage: () => writeFileSync(join(damaged, 'backup_manifest'), '{}'),
        status: 1,
        message: 'could not parse backup manifest',
      },
      {
        name: 'the first archive of base.tar is another',
        damage: () => cpSync(join(stored, `${oids()[0]}.tar`), join(damaged, 'base.tar')),
        status: 1,
        message: 'archive "base.tar" does not begin with "backup_label"',
      },
      {
        name: 'there is nothing of it',
        damage: () => rmSync(damaged, { recursive: true }),
        status: 2,
        message: `could not open file "${damaged}": No such file or directory`,
      },
      {
        name: 'it is a data directory',
        damage: () => {
          rmSync(damaged, { recursive: true });
          cpSync(direct, damaged, { recursive: true, verbatimSymlinks: true });
        },
        status: 2,
        message: `directory "${damaged}" is not a backup in tar format`,
      },
    ])('are refused when $name', async ({ damage, status, message }) => {
      rmSync(damaged, { recursive: true, force: true });
      cpSync(stored, damaged, { recursive: true });
      damage();
      const moved = relocate(tablespaces, join(folder, 'nothing')).options;
      const result = await ours('bb-split', ['-Fp', '-N', '-D', target, ...moved, damaged]);
      expect(result.stderr).toContain(message);
      expect(result.status).toBe(status);
      expect(existsSync(target)).toBe(false);
    });

    function oids(): string[] {
      const listed = readFileSync(join(direct, 'backup_manifest'), 'utf8').match(/pg_tblspc\/(\d+)\//g) ?? [];
      return [...new Set(listed.map((path) => path.split('/')[1] ?? ''))];
    }
  });
});
