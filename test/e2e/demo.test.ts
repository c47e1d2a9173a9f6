/**
 * npm run demo, its setup, and whether its proof would notice a bad restore.
 */

import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prove } from '../demo/proof.ts';
import { fill, type Source } from '../demo/source.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { run } from '../support/run.ts';

describe('npm run setup', () => {
  it('says that it installs, if it does', async () => {
    const folder = temporaryFolder();
    for (const name of ['npm', 'node']) {
      writeFileSync(join(folder, name), '#!/bin/sh\necho "$0 $*"\n', { mode: 0o755 });
    }
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const path = `${folder}:${process.env.PATH}`;
    const setUp = () => run('sh', ['-c', scripts.setup], { cwd: folder, env: { PATH: path } });
    const first = await setUp();
    expect(first.stderr).toBe('installing npm packages, a PostgreSQL server among them\n');
    expect(first.stdout.toString()).toContain('/npm ci --ignore-scripts\n');
    mkdirSync(join(folder, 'node_modules'));
    utimesSync(join(folder, 'package-lock.json'), 1, 1);
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{}');
    const second = await setUp();
    expect([second.stderr, second.stdout.toString()]).toEqual([
      '',
      expect.stringMatching(/^\S+\/node build.mjs\n$/),
    ]);
    removeFolder(folder);
  });
});

/** Runs the demo. It must leave nothing behind. Returns what it printed. */
async function demo(...args: string[]): Promise<string> {
  const folder = temporaryFolder();
  const program = fileURLToPath(new URL('../demo/main.ts', import.meta.url));
  const { status, stdout, stderr } = await run(process.execPath, ['--import', 'tsx', program, ...args], {
    env: { TMPDIR: folder },
    timeoutMs: 110_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(readdirSync(folder).filter((name) => name.startsWith('bb-'))).toEqual([]);
  removeFolder(folder);
  return stdout.toString();
}

describe('npm run demo', () => {
  it('shows its commands, proves the restore and leaves nothing behind', async () => {
    const printed = await demo();
    expect(printed).toMatch(/^\$ initdb /m);
    expect(printed).toMatch(/^\$ bb-stream .* \| bb-split -Fp /m);
    expect(printed).toMatch(/\ndemo: ok\n$/);
  });

  it.skipIf(MISSING_FOR_OBJECT_STORE.length > 0)('does so by way of an object store', async () => {
    const printed = await demo('--s3');
    expect(printed).toMatch(/^\$ bb-stream .* \| bb-compress .* \| bb-split -D s3:/m);
    expect(printed).toMatch(/\ndemo: ok\n$/);
  });
});

describe('the proof of the demo', () => {
  const folder = temporaryFolder();
  let source: Source;
  let copy: Cluster;

  beforeAll(async () => {
    source = await fill(await startedCluster());
    await source.writer.stop();
    await source.cluster.stop();
    copy = await Cluster.adopt(copyCluster(source.cluster, folder));
    await source.cluster.start();
    await copy.start();
  });
  afterAll(async () => {
    await copy.dispose();
    await source.cluster.dispose();
    removeFolder(folder);
  });

  it('notices everything that is wrong with a bad restore', async () => {
    await copy.query(
      'DELETE FROM ledger WHERE id = 10; UPDATE account SET balance = balance + 1 WHERE id = 0',
    );
    await copy.query("UPDATE document SET body = 'other' WHERE id = 7");
    await copy.query('ALTER TABLE account SET TABLESPACE pg_default');
    const tablespaces = { fast: join(folder, 'fast'), large: join(folder, 'large') };
    const before = source.writer.acknowledged();
    const restored = {
      dataDirectory: copy.dataDirectory,
      tablespaces,
      end: 2n ** 62n,
      acknowledgedBefore: before,
    };
    const checks = await prove(source, restored, copy);
    expect(checks.filter(({ good }) => good).map(({ what }) => what)).toEqual([
      'table ledger lies in the new place of "large"',
      'table document lies in the new place of "large"',
      'amcheck passes all tables and indexes',
    ]);
  });
});

async function startedCluster(): Promise<Cluster> {
  const cluster = await Cluster.create();
  await cluster.start();
  return cluster;
}

/** Copies a stopped cluster file by file, with its tablespaces beside it. */
function copyCluster(cluster: Cluster, folder: string): string {
  const data = join(folder, 'data');
  cpSync(cluster.dataDirectory, data, { recursive: true, verbatimSymlinks: true });
  for (const oid of readdirSync(join(data, 'pg_tblspc'))) {
    const link = join(data, 'pg_tblspc', oid);
    const location = readlinkSync(link);
    const moved = join(folder, basename(location));
    cpSync(location, moved, { recursive: true });
    rmSync(link);
    symlinkSync(moved, link);
  }
  return data;
}
