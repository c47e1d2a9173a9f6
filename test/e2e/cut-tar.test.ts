/**
 * The cut table for tars, plain and compressed, whose end is two blocks of zeros: cut in a header, in a member, between
 * members. GNU tar unpacks some of these with exit status 0; bb-split exits with 1.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import { startSmallCluster } from './support/small-cluster.ts';
import { FORMATS, type Format, Target } from './support/targets.ts';

const BLOCK = 512;
const END = 2 * BLOCK;
const SIZE_FIELD = [124, 135] as const;

interface Member {
  readonly path: string;
  readonly start: number;
  readonly size: number;
}

const folder = temporaryFolder();
let cluster: Cluster;
let tar: Buffer;
let members: Member[];

beforeAll(async () => {
  cluster = await startSmallCluster();
  const directory = join(folder, 'good');
  await pipelineOk([
    tool('bb-stream', [...cluster.connectionOptions, '-c', 'fast']),
    tool('bb-split', ['-D', directory]),
  ]);
  tar = readFileSync(join(directory, 'base.tar'));
  members = [...readMembers()];
});

afterAll(async () => {
  await cluster.dispose();
  removeFolder(folder);
});

function* readMembers(): Generator<Member, void, undefined> {
  for (let start = 0; tar[start] !== 0; ) {
    const header = tar.toString('latin1', start, start + BLOCK);
    const [path = ''] = header.split('\0', 1);
    const size = Number.parseInt(header.slice(...SIZE_FIELD), 8);
    yield { path, start, size };
    start += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** The result for a complete base.tar without WAL. */
function good(format: Format): { status: number; stderr: unknown } {
  const warning =
    /^bb-split: warning: the backup has no WAL, without which no server starts from it\nbb-split: hint: .*\n$/;
  return { status: 0, stderr: format === 'plain' ? expect.stringMatching(warning) : '' };
}

/** The member with this path, and the next one. */
function member(path: string): [Member, Member] {
  const index = members.findIndex((one) => one.path === path);
  const [found, next] = members.slice(index);
  if (index < 0 || found === undefined || next === undefined) throw new Error(`no member "${path}"`);
  return [found, next];
}

async function splitFile(bytes: Uint8Array, format: Format): Promise<{ status: number; stderr: string }> {
  const target = new Target(folder, format);
  const file = join(target.folder, '..', `${format}.input`);
  writeFileSync(file, bytes);
  const { statuses, stdout, stderrs } = await pipeline([{ command: 'cat', args: [file] }, target.split()]);
  const [status = -1, stderr = ''] = [statuses[1], stderrs[1]];
  if (status !== 0) target.expectNothing(stdout);
  return { status, stderr };
}

/** Where the tar is cut, and where bb-split says that it was cut. */
type Cut = readonly [name: string, at: () => number, where: string];

const CUTS: readonly Cut[] = [
  ['in the header of a member', () => member('PG_VERSION')[0].start + 300, 'in the header of a member'],
  ['behind the header of a member', () => member('PG_VERSION')[0].start + BLOCK, 'in member "PG_VERSION"'],
  ['in a member', () => member('global/1262')[0].start + BLOCK + 1000, 'in member "global/1262"'],
  ['in the padding of a member', () => member('PG_VERSION')[1].start - 100, 'in member "PG_VERSION"'],
  ['between two members', () => member('PG_VERSION')[1].start, 'without the blocks of zeros that end it'],
  ['behind the last member', () => tar.length - END, 'without the blocks of zeros that end it'],
  ['in the first block of zeros', () => tar.length - END + 1, 'in the header of a member'],
  ['between the blocks of zeros', () => tar.length - BLOCK, 'within the blocks of zeros that end it'],
  ['in the second block of zeros', () => tar.length - 1, 'within the blocks of zeros that end it'],
];

describe.each(FORMATS)('a tar that is cut, to %s', (format) => {
  it.each(CUTS)('%s', async (_name, at, where) => {
    const bytes = at();
    const { status, stderr } = await splitFile(tar.subarray(0, bytes), format);
    expect(status).toBe(1);
    expect(stderr).toBe(
      `bb-split: error: archive "base.tar" is cut short\nbb-split: detail: It ended after ${bytes} bytes, ${where}.\n`,
    );
  });

  it('in its first header', async () => {
    expect((await splitFile(tar.subarray(0, BLOCK - 1), format)).status).toBe(1);
  });

  it('not at all', async () => {
    expect(await splitFile(tar, format)).toEqual(good(format));
  });
});

describe.each(FORMATS)('a compressed tar that is cut, to %s', (format) => {
  it('anywhere', async () => {
    const whole = gzipSync(tar, { level: 1 });
    for (const bytes of [50, whole.length >> 1, whole.length - 1]) {
      expect(await splitFile(whole.subarray(0, bytes), format)).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          /^bb-split: error: could not decompress archive "base\.tar\.gz": unexpected end of file at byte \d+\n$/,
        ),
      });
    }
  });

  it('between the members of a gzip file, which is a good one then', async () => {
    const cut = member('global/1262')[0].start;
    const first = gzipSync(tar.subarray(0, cut), { level: 1 });
    const { status, stderr } = await splitFile(first, format);
    expect(status).toBe(1);
    const name = format === 'plain' ? 'base.tar' : 'base.tar.gz';
    expect(stderr).toBe(
      `bb-split: error: archive "${name}" is cut short\nbb-split: detail: It ended after ${cut} bytes, without the blocks of zeros that end it.\n`,
    );
    const both = Buffer.concat([first, gzipSync(tar.subarray(cut), { level: 1 })]);
    expect(await splitFile(both, format)).toEqual(good(format));
  });

  it('to nothing', async () => {
    expect((await splitFile(gzipSync(''), format)).status).toBe(1);
  });
});
