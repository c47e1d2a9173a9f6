import { describe, expect, it } from 'vitest';
import { PartBuffers } from '../../../../lib/store/s3/part-buffers.ts';
import { MIN_PART_BYTES } from '../../../../lib/store/s3/part-size.ts';

/** Takes buffers and sends them, until none is to be had. Returns how many there are, and what ends the sending. */
async function takeAll(buffers: PartBuffers, bytes: number) {
  const ends: (() => void)[] = [];
  let taken = 0;
  const more = async () => {
    for (;;) {
      const buffer = await buffers.take(bytes);
      taken++;
      buffers.lend(buffer, () => new Promise<void>((resolve) => ends.push(resolve)));
    }
  };
  more();
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { ends, count: () => taken };
}

describe('PartBuffers', () => {
  it.each([
    { jobs: undefined, bytes: MIN_PART_BYTES, most: 5 },
    { jobs: undefined, bytes: 2 * MIN_PART_BYTES, most: 2 },
    { jobs: undefined, bytes: 100 * MIN_PART_BYTES, most: 2 },
    { jobs: 1, bytes: MIN_PART_BYTES, most: 2 },
    { jobs: 11, bytes: 2 * MIN_PART_BYTES, most: 6 },
  ])('lends $most buffers of $bytes bytes at a time', async ({ jobs, bytes, most }) => {
    const { ends, count } = await takeAll(new PartBuffers(jobs), bytes);
    expect(count()).toBe(most);
    ends.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(count()).toBe(most + 1);
  });

  it('never waits for buffers that nobody gives back', async () => {
    const buffers = new PartBuffers();
    const kept = await Promise.all(Array.from({ length: 8 }, () => buffers.take(MIN_PART_BYTES)));
    expect(kept).toHaveLength(8);
  });

  it('gives a buffer back when the sending fails', async () => {
    const buffers = new PartBuffers();
    const buffer = await buffers.take(MIN_PART_BYTES);
    await expect(buffers.lend(buffer, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    expect(await buffers.take(MIN_PART_BYTES)).toBe(buffer);
  });
});
