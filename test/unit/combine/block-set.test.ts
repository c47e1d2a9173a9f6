import { describe, expect, it } from 'vitest';
import { BlockSet } from '../../../lib/combine/block-set.ts';
import { randomFrom } from '../../support/rechunk.ts';

describe('BlockSet', () => {
  it.each([0, 1, 7, 8, 9, 64, 100])('knows what is there of %d blocks', (capacity) => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomFrom(seed);
      const blocks = new BlockSet(capacity);
      const expected = new Set<number>();
      // Runs, so that whole bytes are full and empty.
      for (let block = 0; block < capacity; block += 1 + random(20)) {
        for (let run = random(20); run > 0 && block < capacity; run--, block++) {
          blocks.add(block);
          expected.add(block);
        }
      }
      const all = Array.from({ length: capacity }, (_, block) => block);
      for (const from of all) {
        const rest = all.slice(from);
        expect(blocks.has(from)).toBe(expected.has(from));
        expect(blocks.nextPresent(from)).toBe(rest.find((block) => expected.has(block)) ?? capacity);
        expect(blocks.nextMissing(from)).toBe(rest.find((block) => !expected.has(block)) ?? capacity);
      }
    }
  });
});
