/** What the vocabulary of frames is for: a filter is a switch over them, and filters are joined one after the other. */

import { describe, expect, it } from 'vitest';
import { decompressArchives } from '../../../lib/filter/decompress.ts';
import type { Filter, Frame } from '../../../lib/stream/frame.ts';
import { countMembers } from '../../support/count-members.ts';
import { archive, backupFrames, data } from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { lifeCycle } from '../../support/life-cycle.ts';
import { oneByOne } from '../../support/source.ts';
import { file, tar } from '../tar/build.ts';

const WAL = tar(file('000000010000000000000002', 'wal'), file('000000010000000000000003', 'wal'));
const FRAMES = backupFrames({
  copy: [
    ...archive('pg_wal.tar', '', WAL.subarray(0, 700)),
    ...archive('base.tar', '', tar(file('PG_VERSION', '18\n'))),
    { type: 'manifest' },
    data('{}'),
    ...archive('pg_wal.tar', '', WAL.subarray(700)),
  ],
});

describe('a filter', () => {
  it('names the frames that matter to it, and forwards all', async () => {
    const told: string[] = [];
    const filter = countMembers((name, members) => told.push(`${name} ${members}`));
    const { frames, error } = await gather(filter(oneByOne(FRAMES)));
    expect(error).toBeUndefined();
    expect(frames).toEqual(FRAMES);
    expect(told).toEqual(['base.tar 1', 'pg_wal.tar 2']);
  });

  it('is joined to others by a call', async () => {
    const told: string[] = [];
    const chain: Filter[] = [
      countMembers((name) => told.push(`first ${name}`)),
      decompressArchives(),
      countMembers((name) => told.push(`last ${name}`)),
    ];
    const source: AsyncIterable<Frame> = oneByOne(FRAMES);
    const { frames } = await gather(chain.reduce((joined, filter) => filter(joined), source));
    expect(frames).toEqual(FRAMES);
    expect(told).toEqual(['first base.tar', 'last base.tar', 'first pg_wal.tar', 'last pg_wal.tar']);
  });
});

describe('the life cycle of frames', () => {
  const without = (unwanted: (frame: Frame) => boolean) => FRAMES.filter((frame) => !unwanted(frame));
  it.each([
    { name: 'an archive that does not end', frames: without(({ type }) => type === 'archive-end') },
    { name: 'a manifest that does not end', frames: without(({ type }) => type === 'manifest-end') },
    { name: 'an end of what has not begun', frames: without(({ type }) => type === 'manifest') },
    {
      name: 'an archive that is resumed and has not begun',
      frames: without((frame) => frame.type === 'archive' && !frame.resumed),
    },
    { name: 'something after the end', frames: [...FRAMES, ...archive('16384.tar', '')] },
    { name: 'contents of nothing', frames: [data('x')] },
  ])('does not allow $name', async ({ frames }) => {
    const read = async () => {
      for await (const _frame of lifeCycle(oneByOne(frames)));
    };
    await expect(read()).rejects.toThrow(/^frame of type /);
  });
});
