/**
 * Memory: no tool takes more than 160 MB, for a backup of any size.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveToServer } from '../support/account.ts';
import { shellText } from '../support/announce.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { type PipelineOptions, pipelineOk, type Stage } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { FORMATS, Target } from './support/targets.ts';

const LIMIT_KILOBYTES = 160 * 1024;
const BALLAST_MEGABYTES = 320;
const BOMB_BYTES = 2 ** 30;
/** The window of zstd's long-distance matching. */
const WINDOW_KILOBYTES = 128 * 1024;
/** Has a tool print its peak memory at its end, in kilobytes (VmHWM in proc(5)). */
const TELL_PEAK = "process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS))";

const folder = temporaryFolder();
const preloaded = join(folder, 'tell-peak.mjs');
let cluster: Cluster;

beforeAll(async () => {
  writeFileSync(preloaded, TELL_PEAK);
  cluster = await startSmallCluster();
  writeBallast(join(cluster.dataDirectory, 'ballast'));
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

/** A file that is not a table, which the server sends too. */
function writeBallast(file: string): void {
  const megabyte = Buffer.alloc(1024 * 1024, 'ballast ');
  const fd = openSync(file, 'w');
  for (let written = 0; written < BALLAST_MEGABYTES; written++) writeSync(fd, megabyte);
  closeSync(fd);
  giveToServer(file);
}

const env = { NODE_OPTIONS: `--import=${preloaded}` };

function stream(): Stage {
  return tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast'], env);
}

/** Checks the peak memory of every stage. */
async function expectSmall(
  stages: readonly Stage[],
  options: PipelineOptions = {},
  limit = LIMIT_KILOBYTES,
): Promise<void> {
  const { stderrs } = await pipelineOk(stages, options);
  const peaks = stderrs.map((stderr) => Number(/^peak (\d+)$/m.exec(stderr)?.[1]));
  for (const peak of peaks) {
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(limit);
  }
}

/** A valid base.tar with a large file of zeros, compressed by a command. */
function makeBomb(command: string): string {
  const made = join(folder, 'bomb');
  const [zeros, script] = [
    join(folder, 'zeros'),
    `tar cf - -C ${folder} backup_label PG_VERSION zeros | ${command} >${made}`,
  ];
  for (const name of ['backup_label', 'PG_VERSION']) writeFileSync(join(folder, name), '18\n');
  closeSync(openSync(zeros, 'w'));
  truncateSync(zeros, BOMB_BYTES);
  execFileSync('bash', ['-o', 'pipefail', '-c', script]);
  return made;
}

describe('peak memory of what is small and becomes large', () => {
  const { command, args = [] } = tool('bb-compress', []);
  const compress = (options: string) => shellText([[command, ...args, ...options.split(' ')]]);

  it.each([
    ['gzip:1', LIMIT_KILOBYTES],
    ['lz4', LIMIT_KILOBYTES],
    ['zstd', LIMIT_KILOBYTES],
    // In addition, there is one window.
    ['zstd:long', LIMIT_KILOBYTES + WINDOW_KILOBYTES],
  ])('with -Z %s', async (detail, limit) => {
    const file = makeBomb(compress(`-Z ${detail}`));
    for (const stage of [tool('bb-compress', ['-d'], env), tool('bb-split', ['--list'], env)]) {
      await expectSmall([stage], { stdin: readFileSync(file), stdoutFile: '/dev/null' }, limit);
    }
  });
});

describe('peak memory', () => {
  it.each(FORMATS)('to %s', async (format) => {
    const target = new Target(folder, format);
    const { command, args = [] } = target.split(['-N']);
    await expectSmall([stream(), { command, args, env }]);
    removeFolder(target.folder);
  });

  it.each(['--filter=cat >/dev/null', '--to-stdout=ballast'])('with %s', async (option) => {
    await expectSmall([stream(), tool('bb-split', [option], env)], { stdoutFile: '/dev/null' });
  });

  it.skipIf(MISSING_FOR_OBJECT_STORE.length > 0)('to an object store, and from there', async () => {
    const store = await ObjectStore.start();
    try {
      const s3Tool = (name: string, args: string[]) => tool(name, args, { ...env, ...store.env });
      await expectSmall([stream(), s3Tool('bb-split', ['-D', store.url('large')])]);
      const toNothing = { stdoutFile: '/dev/null' };
      await expectSmall([s3Tool('bb-stream', [`--backup=${store.url('large')}`])], toNothing);
      await expectSmall([s3Tool('bb-split', ['--list', store.url('large')])], toNothing);
    } finally {
      await store.stop();
    }
  });

  it.each(['gzip:1', 'lz4', 'zstd'])('of bb-compress -Z %s, and back', async (method) => {
    const stages = [tool('bb-compress', ['-Z', method, '-j2'], env), tool('bb-compress', ['-d'], env)];
    await expectSmall([stream(), ...stages], { stdoutFile: '/dev/null' });
  });
});
