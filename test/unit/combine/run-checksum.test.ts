import { describe, expect, it } from 'vitest';
import { RunChecksum } from '../../../lib/combine/run-checksum.ts';
import { crc32c } from '../../../lib/crc/crc32c.ts';
import { randomFrom } from '../../support/rechunk.ts';
import { retainedBytes } from '../../support/retained.ts';

const PIECE = 64;

describe('RunChecksum', () => {
  it('is that of the file, in whatever order it is written, with zeros where it is not', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = randomFrom(seed);
      const pieces = 1 + random(30);
      const file = Buffer.alloc(pieces * PIECE);
      const checksum = new RunChecksum();
      const rest = Array.from({ length: pieces }, (_, index) => index);
      while (rest.length > random(3)) {
        const first = random(rest.length);
        // Often several in a row.
        for (const index of rest.splice(first, 1 + random(4))) {
          const bytes = Buffer.alloc(PIECE, 1 + random(255));
          bytes.copy(file, index * PIECE);
          checksum.update(index * PIECE, bytes);
        }
      }
      expect(checksum.digest(file.length)).toBe(crc32c(file));
    }
  });

  it('is that of zeros where nothing is written', () => {
    expect(new RunChecksum().digest(0)).toBe(0);
    expect(new RunChecksum().digest(100_000)).toBe(crc32c(Buffer.alloc(100_000)));
  });

  it('keeps nothing of what was written, however scattered it is', () => {
    const page = Buffer.from('page');
    const kept = retainedBytes(() => {
      const checksum = new RunChecksum();
      for (let block = 0; block < 30_000; block++) checksum.update(block * 8192, page);
      return checksum;
    });
    expect(kept).toBeLessThan(100_000);
  });
});
