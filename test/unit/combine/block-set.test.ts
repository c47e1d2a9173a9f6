import { describe, expect, it } from 'vitest';
import { BlockSet } from '../../../lib/combine/block-set.ts';
import { randomFrom } from '../../support/rechunk.ts';

/** Blocks in runs, so that whole bytes are full and empty, and the places around which there is a change. */
function randomBlocks(random: (limit: number) => number, capacity: number, longest: number) {
  const blocks = new Set<number>();
  const edges = new Set([0, capacity - 1]);
  for (let block = 0; block < capacity; block += 1 + random(longest)) {
    edges.add(block - 1).add(block);
    for (let run = random(longest); run > 0 && block < capacity; run--, block++) blocks.add(block);
    edges.add(block - 1).add(block);
  }
  return { blocks, edges: [...edges].filter((block) => block >= 0 && block < capacity) };
}

describe('BlockSet', () => {
  it.each([
    [0, 20],
    [1, 20],
    [7, 20],
    [8, 20],
    [9, 20],
    [64, 20],
    [100, 20],
    [20000, 3000],
    [40000, 30000],
  ])('knows what is there of %d blocks', (capacity, longest) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { blocks, edges } = randomBlocks(randomFrom(seed), capacity, longest);
      const set = new BlockSet(capacity);
      for (const block of blocks) set.add(block);
      for (const from of edges) {
        const next = (present: boolean) => {
          let block = from;
          while (block < capacity && blocks.has(block) !== present) block++;
          return block;
        };
        expect(set.nextPresent(from)).toBe(next(true));
        expect(set.nextMissing(from)).toBe(next(false));
      }
    }
  });

  it('does not look beyond its capacity', () => {
    const set = new BlockSet(100_000);
    for (const block of [3, 16383, 16384, 99_999]) set.add(block);
    set.capacity = 16384;
    expect([set.nextPresent(4), set.nextPresent(16384), set.nextMissing(16383)]).toEqual([
      16383, 16384, 16384,
    ]);
    expect([set.nextMissing(40000), set.nextPresent(40000)]).toEqual([16384, 16384]);
  });
});
