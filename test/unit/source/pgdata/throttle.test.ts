import { describe, expect, it } from 'vitest';
import { throttle } from '../../../../lib/source/pgdata/throttle.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { oneByOne } from '../../../support/source.ts';

const data = (bytes: number): Frame => ({ type: 'data', parts: [Buffer.alloc(bytes)], bytes });

async function sizes(frames: readonly Frame[], rate: number, signal = new AbortController().signal) {
  const found: (number | string)[] = [];
  for await (const frame of throttle(rate, signal)(oneByOne(frames)))
    found.push(frame.type === 'data' ? frame.bytes : frame.type);
  return found;
}

describe('throttle', () => {
  it('cuts contents into samples and lets all else pass', async () => {
    const frames: Frame[] = [{ type: 'manifest' }, data(200_000), { type: 'manifest-end' }];
    expect(await sizes(frames, 1024)).toEqual(['manifest', 131_072, 68_928, 'manifest-end']);
  });

  it('takes its time', async () => {
    const begun = performance.now();
    await sizes([data(256 * 1024), data(256 * 1024)], 1024);
    expect(performance.now() - begun).toBeGreaterThan(250);
  });

  it('ends when the signal fires', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(sizes([data(1024 * 1024)], 32, controller.signal)).rejects.toThrow('enough');
  });
});
