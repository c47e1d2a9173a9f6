/**
 * The package as users get it: packed, installed with `npm install -g` into an empty prefix, and run from PATH in
 * another directory.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { startSmallCluster } from './support/small-cluster.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const { bin, man, version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const TOOLS = Object.keys(bin);

const TEXT = readFileSync(join(REPOSITORY, 'package-lock.json'));

const folder = temporaryFolder();
const prefix = join(folder, 'prefix');
const elsewhere = join(folder, 'elsewhere');
const installed = join(prefix, 'lib', 'node_modules', 'bb-tools');
const env = { PATH: `${join(prefix, 'bin')}:${process.env.PATH}` };

beforeAll(async () => {
  mkdirSync(elsewhere);
  // Without scripts, since `prepack` would build dist/ again while other tests use it.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const tarball = (await runOk('npm', pack, { cwd: REPOSITORY })).trim();
  // Without scripts of packages and without a home directory with settings: neither may be needed.
  const options = ['--prefix', prefix, '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  const install = ['install', '-g', ...options, join(folder, tarball)];
  await runOk('npm', install, { cwd: elsewhere, env: { HOME: elsewhere } });
});

afterAll(() => removeFolder(folder));

async function stream(cluster: Cluster): Promise<Buffer> {
  const args = [...cluster.connectionOptions, '-c', 'fast'];
  const { stdout } = await pipelineOk([{ command: 'bb-stream', args }], { cwd: elsewhere, env });
  return stdout;
}

describe('the installed package', () => {
  it.each(TOOLS)('has %s on PATH', async (tool) => {
    expect(await runOk(tool, ['--version'], { cwd: elsewhere, env })).toBe(`${tool} (bb) ${version}\n`);
    expect(await runOk(tool, ['--help'], { cwd: elsewhere, env })).toContain('Usage:');
  });

  it('has no executables besides', () => {
    expect(readdirSync(join(prefix, 'bin')).sort()).toEqual(TOOLS.sort());
  });

  it('takes a backup', async () => {
    const cluster = await startSmallCluster();
    try {
      const { stdout } = await pipelineOk(
        [
          { command: 'bb-stream', args: [...cluster.connectionOptions, '-c', 'fast'] },
          { command: 'bb-split', args: ['-D', 'backup'] },
        ],
        { cwd: elsewhere, env },
      );
      expect(stdout.toString()).toBe('');
      expect(readdirSync(join(elsewhere, 'backup')).sort()).toEqual([
        'backup_manifest',
        'base.tar',
        'pg_wal.tar',
      ]);
      // The code of its threads is in a separate file.
      await runOk('bb-split', ['-Fp', '-D', 'plain'], { cwd: elsewhere, env, stdin: await stream(cluster) });
      expect(await runOk('bb-verify', ['-j2', 'plain'], { cwd: elsewhere, env })).toContain('successfully');
    } finally {
      await cluster.dispose();
    }
  });

  it.each(['gzip', 'lz4', 'lz4:9', 'zstd', 'zstd:19,long'])(
    'compresses with %s, and back',
    async (detail) => {
      const stages = [
        { command: 'bb-compress', args: ['-Z', detail.replace(':19,', ':level=19,')] },
        { command: 'bb-compress', args: ['-d'] },
      ];
      const { stdout } = await pipelineOk(stages, { cwd: elsewhere, env, stdin: TEXT });
      expect(stdout.equals(TEXT)).toBe(true);
    },
  );

  it('restores what it has stored, compressed by default, and a server starts from it', async () => {
    const cluster = await startSmallCluster();
    try {
      await cluster.query('CREATE TABLE t AS SELECT 1 AS id');
      const stages = [
        { command: 'bb-stream', args: [...cluster.connectionOptions, '-c', 'fast'] },
        { command: 'bb-verify', args: ['--tee', '-q'] },
        { command: 'bb-compress' },
        { command: 'bb-split', args: ['-D', 'stored'] },
      ];
      await pipelineOk(stages, { cwd: elsewhere, env });
      await runOk('bb-split', ['-Fp', '-D', 'restored', 'stored'], { cwd: elsewhere, env });
      const copy = await Cluster.adopt(join(elsewhere, 'restored'), cluster.server);
      await copy.start();
      expect(await copy.query('SELECT id FROM t')).toEqual([[1]]);
      await copy.dispose();
    } finally {
      await cluster.dispose();
    }
  });

  it('has its manual pages where man(1) looks', () => {
    for (const page of man as string[]) {
      const name = page.replace(/^man\//, '');
      expect(existsSync(join(prefix, 'share', 'man', `man${page.at(-1)}`, name)), name).toBe(true);
    }
  });

  it('has its own licence and those of what is bundled', () => {
    expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
    const licences = readFileSync(join(installed, 'dist', 'THIRD-PARTY-LICENSES'), 'utf8');
    for (const name of ['minimist', 'pg', 'pg-protocol', 'picomatch']) {
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(\\S+\\)\\n\\n\\S`, 'm'));
    }
  });

  it('holds nothing but what is used', () => {
    const top = readdirSync(installed).filter((name) => name !== 'node_modules');
    expect(top.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'man', 'package.json']);
  });
});
