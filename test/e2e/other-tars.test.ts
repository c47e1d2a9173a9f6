/**
 * Tars of a data directory that other programs wrote, with extended headers of pax or long names of GNU tar: the same
 * files are restored, listed and verified.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp } from '../support/backup.ts';
import type { Cluster } from '../support/cluster.ts';
import { isInstalled } from '../support/compressors.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { run, runOk } from '../support/run.ts';
import { tool } from '../support/tools.ts';
import { tree } from '../support/tree.ts';
import { startSmallCluster } from './support/small-cluster.ts';

/** Longer than a name in a tar header, also with a prefix. */
const LONG_NAMES = [`base/${'n'.repeat(150)}`, `base/${'größe'.repeat(30)}`];
const PYTHON = `
import os, sys, tarfile
form, out, *names = sys.argv[1:]
with tarfile.open(out, 'w', format=getattr(tarfile, form)) as tar:
    for name in names: tar.add(name)
`;

const folder = temporaryFolder();
const data = join(folder, 'data');
let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSmallCluster();
  await backUp(cluster, data, { split: ['-Fp'] });
  const manifest = join(data, 'backup_manifest');
  for (const name of LONG_NAMES) {
    writeFileSync(join(data, name), 'long', { mode: 0o600 });
    writeFileSync(manifest, withFile(readFileSync(manifest, 'utf8'), name, 4));
  }
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

const viaTar = (form: string) => (out: string, names: readonly string[]) =>
  runOk('tar', [`--format=${form}`, '-cf', out, ...names], { cwd: data });
const viaPython = (form: string) => (out: string, names: readonly string[]) =>
  runOk('python3', ['-c', PYTHON, form, out, ...names], { cwd: data });

describe.each([
  ['GNU tar, as pax', 'tar', 'x', viaTar('pax')],
  ['GNU tar, in its own form', 'tar', 'L', viaTar('gnu')],
  ['Python, as pax', 'python3', 'x', viaPython('PAX_FORMAT')],
  ['Python, in the form of GNU tar', 'python3', 'L', viaPython('GNU_FORMAT')],
  [
    'bsdtar',
    'bsdtar',
    'x',
    (out: string, names: readonly string[]) =>
      runOk('bsdtar', ['--format=pax', '-cf', out, ...names], { cwd: data }),
  ],
] as const)('a tar by %s', (name, program, type, make) => {
  const archive = join(folder, `${name}.tar`);
  const skip = !isInstalled(program);
  const ours = (command: string, args: readonly string[]) => {
    const { command: path } = tool(command, []);
    return run(path, args, { stdin: readFileSync(archive) });
  };

  beforeAll(async () => {
    if (skip) return;
    const names = readdirSync(data).filter((each) => each !== 'backup_manifest');
    await make(archive, [...names, 'backup_manifest']);
  });

  it.skipIf(skip)('has extended headers', () => {
    const tar = readFileSync(archive);
    const types = Array.from({ length: tar.length / 512 }, (_, block) =>
      tar.toString('latin1', 512 * block + 257, 512 * block + 262) === 'ustar'
        ? tar.toString('latin1', 512 * block + 156, 512 * block + 157)
        : '',
    );
    expect(types).toContain(type);
  });

  it.skipIf(skip)('is restored', async () => {
    const target = join(folder, name);
    const { status, stderr } = await ours('bb-split', ['-Fp', '-N', '-D', target]);
    expect([status, stderr.includes('error')]).toEqual([0, false]);
    expect(await tree(target)).toEqual(await tree(data));
  });

  it.skipIf(skip)('is listed', async () => {
    const { status, stdout, stderr } = await ours('bb-split', ['--list']);
    expect([status, stderr]).toEqual([0, '']);
    for (const path of LONG_NAMES) expect(stdout.toString()).toContain(path);
  });

  it.skipIf(skip)('is verified', async () => {
    const { status, stderr } = await ours('bb-verify', []);
    expect([status, stderr]).toEqual([0, '']);
  });
});

/** The text of a manifest with another file in it. */
function withFile(manifest: string, path: string, size: number): string {
  const entry = { Path: path, Size: size, 'Last-Modified': '2026-01-01 00:00:00 GMT' };
  const files = manifest.replace('"Files": [\n', `"Files": [\n${JSON.stringify(entry)},\n`);
  const summed = files.slice(0, files.indexOf('"Manifest-Checksum"'));
  const sum = createHash('sha256').update(summed).digest('hex');
  return `${summed}"Manifest-Checksum": "${sum}"}\n`;
}
