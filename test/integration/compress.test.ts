/**
 * bb-compress between the other tools, on a backup of a real server with a tablespace and streamed WAL: gzip, lz4, zstd
 * and PostgreSQL's tools can read the archives, and decompressed they are the same backup.
 */

import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPRESSION_SUFFIX, type Compression } from '../../lib/compress/method.ts';
import { startSmallCluster } from '../e2e/support/small-cluster.ts';
import { mapping, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { isInstalled } from '../support/compressors.ts';
import { backupCompressions } from '../support/features.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type PipelineResult, pipeline, pipelineOk, type Stage } from '../support/pipeline.ts';
import { type Finished, run, runOk } from '../support/run.ts';
import { clientTool, server, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
const VERIFIED = /^backup successfully verified\n/;
const chosen = servers().find(({ major }) => major === 15) ?? server();
const basebackup = clientTool('pg_basebackup', chosen);
const folder = temporaryFolder();

let cluster: Cluster;
let location: string;
/** The backup as a stream, and as a directory with tars. */
let stream: string;
let plain: string;

beforeAll(async () => {
  cluster = await startSmallCluster({ server: chosen });
  location = await cluster.createTablespace('ts1');
  await cluster.query('CREATE TABLE t TABLESPACE ts1 AS SELECT g AS id FROM generate_series(1, 100000) g');
  await cluster.query('CHECKPOINT');
  [stream, plain] = [join(folder, 'stream'), join(folder, 'plain')];
  await pipelineOk([streamStage(cluster)], { stdoutFile: stream });
  await pipelineOk([cat(stream), splitStage(plain)]);
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

function cat(file: string): Stage {
  return { command: 'cat', args: [file] };
}

function compress(...options: string[]): Stage {
  return tool('bb-compress', options);
}

function verify(...args: string[]): Promise<Finished> {
  const { command, args: all = [] } = tool('bb-verify', args);
  return run(command, all);
}

/** The names of the archives, each with a suffix, and the manifest. */
function namesWith(suffix: string): string[] {
  return readdirSync(plain).map((name) => (name.endsWith('.tar') ? name + suffix : name));
}

/** Decompresses the files with the command of that name. */
async function decompressFiles(method: Compression, directory: string): Promise<void> {
  const names = readdirSync(directory).filter((name) => name.endsWith(COMPRESSION_SUFFIX[method]));
  const quietly = method === 'gzip' ? ['-d'] : ['-d', '-q', '--rm', ...(method === 'lz4' ? ['-m'] : [])];
  await runOk(method, [...quietly, ...names], { cwd: directory });
}

function expectSame(one: string, other: string): void {
  expect(readdirSync(one)).toEqual(readdirSync(other));
  for (const name of readdirSync(one))
    expect(readFileSync(join(one, name)).equals(readFileSync(join(other, name))), name).toBe(true);
}

/** Restores into a data directory, which is removed after it has been read. */
async function restored(
  stages: readonly Stage[],
  look: (directory: string) => Promise<unknown>,
): Promise<void> {
  const target = join(folder, 'restored');
  const directory = join(target, 'data');
  await pipelineOk([...stages, splitStage(directory, ['-Fp', '-T', mapping(location, join(target, 'ts'))])]);
  await look(directory);
  rmSync(target, { recursive: true });
}

describe.each(METHODS)('a backup compressed with %s', (method) => {
  const suffix = COMPRESSION_SUFFIX[method];
  const directory = join(folder, method);
  const compressed = join(folder, `stream${suffix}`);

  beforeAll(async () => {
    await pipelineOk([cat(stream), compress('-Z', method)], { stdoutFile: compressed });
    await pipelineOk([cat(compressed), splitStage(directory)]);
  });

  it('has archives that are named so, and good', async () => {
    expect(readdirSync(directory).sort()).toEqual(namesWith(suffix).sort());
    const archives = namesWith(suffix).filter((name) => name.endsWith(suffix));
    expect(archives).toContain(`pg_wal.tar${suffix}`);
    for (const name of archives)
      if (isInstalled(method)) await runOk(method, ['-t', name], { cwd: directory });
  });

  it('is verified as a directory and as a stream, and passed on byte for byte', async () => {
    const { status, stdout, stderr } = await verify(directory);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toMatch(VERIFIED);
    expect(stdout.toString()).toMatch(/^checked: \d+ records of WAL, /m);

    const passed = await pipelineOk([cat(compressed), tool('bb-verify', ['--tee'])]);
    expect(passed.stdout.equals(readFileSync(compressed))).toBe(true);
    expect(passed.stderrs[1]).toMatch(VERIFIED);
  });

  it('is found to be damaged where it is', async () => {
    const bytes = readFileSync(compressed);
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 0x10, bytes.length >> 1);
    const damaged = join(folder, 'damaged');
    writeFileSync(damaged, bytes);
    const { statuses, stderrs } = await pipeline([
      cat(damaged),
      tool('bb-verify', ['--tee']),
      splitStage(join(folder, 'nothing')),
    ]);
    expect(statuses).toEqual([expect.any(Number), 1, 1]);
    expect(stderrs[1]).toMatch(/^bb-verify: error: /);
    expect(readdirSync(folder)).not.toContain('nothing');
  });

  it('is listed as what is in it', async () => {
    const list = async (file: string) => {
      const { stdout } = await pipelineOk([cat(file), tool('bb-split', ['--list'])]);
      return stdout
        .toString()
        .split('\n')
        .filter((line) => /^[-dl]/.test(line));
    };
    // The WAL comes later.
    expect((await list(compressed)).sort()).toEqual((await list(stream)).sort());
  });

  it('is decompressed to the same archives', async () => {
    const again = join(folder, `${method}-again`);
    await pipelineOk([cat(compressed), compress('-d'), splitStage(again)]);
    expectSame(again, plain);
  });

  it('becomes a data directory', async () => {
    await restored([cat(compressed)], (data) => verifyBackup(chosen, data));
  });
});

describe('a backup that was compressed and decompressed', () => {
  it('is one that a server starts from, with its data', async () => {
    const stages = [streamStage(cluster), compress('-Z', 'zstd:1', '-j2'), compress('-d')];
    await restored(stages, async (data) => {
      const copy = await Cluster.adopt(data, chosen);
      try {
        await copy.start();
        expect(await copy.query('SELECT count(*), sum(id) FROM t')).toEqual([['100000', '5000050000']]);
      } finally {
        await copy.dispose();
      }
    });
  });
});

describe('a backup that the server compressed', () => {
  const take = async (method: Compression, skip: (note: string) => void) => {
    if (!(await backupCompressions(cluster)).includes(method)) skip(`the server is built without ${method}`);
    const file = join(folder, `server-${method}`);
    await pipelineOk([streamStage(cluster, ['-Z', `server-${method}`])], { stdoutFile: file });
    return file;
  };

  it.for(METHODS)('is read by all tools: %s', async (method, { skip }) => {
    const file = await take(method, skip);
    const { stdout } = await pipelineOk([cat(file), tool('bb-verify', [])]);
    expect(stdout.toString()).toMatch(VERIFIED);
    await restored([cat(file)], (data) => verifyBackup(chosen, data));
    if (!isInstalled(method)) return;
    const [ours, theirs] = [join(folder, `server-${method}-1`), join(folder, `server-${method}-2`)];
    await pipelineOk([cat(file), compress('-d'), splitStage(ours)]);
    await pipelineOk([cat(file), splitStage(theirs)]);
    await decompressFiles(method, theirs);
    expectSame(ours, theirs);
  });

  it('is left as it is, but for its WAL, with a warning or an error', async ({ skip }) => {
    const file = await take('gzip', skip);
    const [tablespace = ''] = namesWith('.gz').filter((name) => /^[0-9]/.test(name));
    const warning = (name: string) =>
      `bb-compress: warning: archive "${name}" is compressed already, and passed on as it is\n`;
    const target = join(folder, 'mixed');
    const mixed = await pipelineOk([cat(file), compress('-Z', 'lz4'), splitStage(target)]);
    expect(mixed.stderrs[1]).toBe(warning(tablespace) + warning('base.tar.gz'));
    expect(readdirSync(target).sort()).toEqual(
      [tablespace, 'backup_manifest', 'base.tar.gz', 'pg_wal.tar.lz4'].sort(),
    );
    expect((await verify(target)).status).toBe(0);

    const nothing = join(folder, 'nothing');
    const strict = await pipeline([cat(file), compress('--strict'), splitStage(nothing)]);
    const complaint = `could not compress archive "${tablespace}": it is compressed already\n`;
    expect(strict.statuses.slice(1)).toEqual([2, 1]);
    expect(strict.stderrs.slice(1)).toEqual([
      `bb-compress: error: ${complaint}`,
      `bb-split: error: backup was aborted upstream: ${complaint}`,
    ]);
    expect(readdirSync(folder)).not.toContain('nothing');
  });
});

describe.skipIf(basebackup === undefined)('a backup that pg_basebackup compressed', () => {
  const take = (target: string, ...options: string[]) =>
    run(basebackup ?? '', [
      ...cluster.connectionOptions,
      '-Ft',
      '-c',
      'fast',
      '-N',
      '-D',
      target,
      ...options,
    ]);

  it.each(METHODS)('is verified: %s', async (method) => {
    const directory = join(folder, `theirs-${method}`);
    expect((await take(directory, '-Z', `client-${method}`)).status).toBe(0);
    const { status, stdout, stderr } = await verify(directory);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toMatch(VERIFIED);

    // The suffix is trusted, and the contents must match it.
    const base = `base.tar${COMPRESSION_SUFFIX[method]}`;
    const wrong = method === 'gzip' ? 'base.tar.zst' : 'base.tar.gz';
    renameSync(join(directory, base), join(directory, wrong));
    const renamed = await verify(directory);
    expect(renamed.status).toBe(1);
    expect(renamed.stderr).toContain(`archive "${wrong}"`);
  });

  it.each(METHODS)('is one tar in a pipe, with its manifest in it: %s', async (method) => {
    await cluster.query('DROP TABLE IF EXISTS t');
    await cluster.query('DROP TABLESPACE IF EXISTS ts1');
    const { status, stdout, stderr } = await take('-', '-X', 'fetch', '-Z', `client-${method}`);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    const file = join(folder, `tar-${method}`);
    writeFileSync(file, stdout);
    const verified = await pipelineOk([cat(file), tool('bb-verify', [])]);
    expect(verified.stdout.toString()).toMatch(VERIFIED);
    const directory = join(folder, `tar-${method}-plain`);
    await pipelineOk([cat(file), splitStage(directory, ['-Fp'])]);
    await verifyBackup(chosen, directory);
    const listed = await pipelineOk([cat(file), tool('bb-split', ['--list'])]);
    expect(listed.stdout.toString()).toMatch(/^-rw-+ +\d+ global\/pg_control$/m);
  });
});

describe('a stream that does not come to its end', () => {
  /** The positions where the stream is cut: in the first message, in an archive, before the last byte. */
  const CUTS = [5, 0.5, -1];

  function cutAt(file: string, where: number): Stage {
    const { length } = readFileSync(file);
    const bytes = where < 0 ? length + where : where < 1 ? Math.floor(where * length) : where;
    return { command: 'head', args: ['-c', String(bytes), file] };
  }

  const expectNothing = ({ statuses, stderrs }: PipelineResult) => {
    expect(statuses.slice(1)).toEqual([1, 1]);
    expect(stderrs[1]).toMatch(/^bb-compress: error: stream ended before its end\n/);
    expect(stderrs[2]).toMatch(
      /^bb-split: error: backup was aborted upstream: stream ended before its end\n/,
    );
    expect(readdirSync(folder)).not.toContain('nothing');
  };

  it.each(CUTS)('is not compressed to one that does: cut at %d', async (where) => {
    const split = splitStage(join(folder, 'nothing'));
    expectNothing(await pipeline([cutAt(stream, where), compress('-Z', 'gzip:1'), split]));
  });

  it.each(CUTS)('is not decompressed to one that does: cut at %d', async (where) => {
    const split = splitStage(join(folder, 'nothing'));
    expectNothing(await pipeline([cutAt(join(folder, 'stream.gz'), where), compress('-d'), split]));
  });
});
