import { describe, expect, it, vi } from 'vitest';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { Messages } from '../../../../lib/terminal/messages.ts';
import { narrate } from '../../../../lib/tool/stream/narrate.ts';
import { encodeAll, smallBackup } from '../../../support/frames.ts';
import { gather } from '../../../support/gather.ts';
import { oneByOne } from '../../../support/source.ts';
import { takeErrors } from '../../terminal/capture.ts';

vi.mock('node:fs', async (original) => ({ ...(await original<object>()), writeSync: vi.fn() }));

const NOTICE = 'bb-test: notice: checkpoint took long';

async function narrated(frames: readonly Frame[], verbose: boolean, checkpoint = true): Promise<string[]> {
  const narrator = narrate(new Messages('bb-test', { verbose }), { checkpoint });
  const { bytes, error } = await gather(narrator(oneByOne(frames)));
  expect(error).toBeUndefined();
  expect(bytes).toEqual(encodeAll(frames));
  return takeErrors().trimEnd().split('\n');
}

describe('narrate', () => {
  it('tells what the server has to say', async () => {
    expect(await narrated(smallBackup(), false)).toEqual([NOTICE]);
  });

  it('tells the steps of the backup to who asks for them', async () => {
    expect(await narrated(smallBackup(), true)).toEqual([
      'bb-test: checkpoint completed',
      'bb-test: write-ahead log start point: 0/2000028 on timeline 1',
      'bb-test: sending archive "16384.tar"',
      'bb-test: sending archive "pg_wal.tar"',
      NOTICE,
      'bb-test: sending archive "4294967295.tar"',
      'bb-test: sending archive "pg_wal.tar"',
      'bb-test: sending archive "base.tar"',
      'bb-test: sending backup manifest',
      'bb-test: sending archive "pg_wal.tar"',
      'bb-test: write-ahead log end point: 0/2000100',
    ]);
  });

  it('tells of no checkpoint where there was none', async () => {
    expect((await narrated(smallBackup(), true, false))[0]).toBe(
      'bb-test: write-ahead log start point: 0/2000028 on timeline 1',
    );
  });
});
