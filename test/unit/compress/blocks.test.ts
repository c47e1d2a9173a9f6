import { describe, expect, it } from 'vitest';
import { Blocks, ring, ringsBySize } from '../../../lib/compress/blocks.ts';
import { CUTS, rechunk } from '../../support/rechunk.ts';
import { noise } from './material.ts';

describe('Blocks', () => {
  it.each(CUTS)('cuts at the same places what comes $name', async ({ cut }) => {
    const bytes = noise(1003);
    const blocks = new Blocks(ring(100, 2));
    const lengths: number[] = [];
    const all: Buffer[] = [];
    for await (const piece of rechunk(bytes, cut)) {
      for (const block of blocks.cut(piece)) {
        lengths.push(block.length);
        all.push(Buffer.from(block));
      }
    }
    expect(lengths).toEqual(Array.from({ length: 10 }, () => 100));
    expect(Buffer.concat([...all, blocks.rest()])).toEqual(bytes);
  });

  it('has no rest where a block ends', () => {
    const blocks = new Blocks(ring(10, 2));
    expect([...blocks.cut(noise(20))]).toHaveLength(2);
    expect(blocks.rest()).toHaveLength(0);
  });
});

describe('ring', () => {
  it('gives the same memory again after so many', () => {
    const next = ring(10, 3);
    const [first, second, third, fourth] = [next(), next(), next(), next()];
    expect(new Set([first, second, third]).size).toBe(3);
    expect(fourth).toBe(first);
  });
});

describe('ringsBySize', () => {
  it('gives other memory when the size changes', () => {
    const next = ringsBySize(2);
    const small = next(10);
    expect(next(20)).toHaveLength(20);
    expect(next(10)).not.toBe(small);
    expect(next(10)).not.toBe(next(10));
  });
});
