/**
 * Memory: however large the backup, no tool takes more than 160 MB.
 */

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveToServer } from '../support/account.ts';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { type PipelineOptions, pipelineOk, type Stage } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { FORMATS, Target } from './support/targets.ts';

const LIMIT_KILOBYTES = 160 * 1024;
const BALLAST_MEGABYTES = 320;
/** Has a tool say at its end how much memory it had at most, in kilobytes (VmHWM in proc(5)). */
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

/** A file that is no table, which the server sends all the same. */
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

/** Every stage tells its peak. */
async function expectSmall(stages: readonly Stage[], options: PipelineOptions = {}): Promise<void> {
  const { stderrs } = await pipelineOk(stages, options);
  const peaks = stderrs.map((stderr) => Number(/^peak (\d+)$/m.exec(stderr)?.[1]));
  for (const peak of peaks) {
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(LIMIT_KILOBYTES);
  }
}

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

  it.each(['gzip:1', 'lz4', 'zstd'])('of bb-compress -Z %s, and back', async (method) => {
    const stages = [tool('bb-compress', ['-Z', method, '-j2'], env), tool('bb-compress', ['-d'], env)];
    await expectSmall([stream(), ...stages], { stdoutFile: '/dev/null' });
  });
});
