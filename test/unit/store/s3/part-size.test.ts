import { describe, expect, it } from 'vitest';
import { MAX_PARTS, MIN_PART_BYTES, nextPartBytes } from '../../../../lib/store/s3/part-size.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
const MAX_PART_BYTES = 5 * GIB;
const MIN_STORE_BYTES = 5 * MIB;

/** The sizes of the parts of an object. */
function partsOf(bytes: number, announced: number | undefined): number[] {
  const sizes: number[] = [];
  for (let sent = 0; sent < bytes; sent += sizes.at(-1) ?? 0)
    sizes.push(Math.min(nextPartBytes(announced, sent), bytes - sent));
  return sizes;
}

describe('nextPartBytes', () => {
  it.each([
    { what: 'nothing announced', announced: undefined, bytes: 3 * GIB, parts: 384, largest: 8 * MIB },
    { what: 'little', announced: 20 * MIB, bytes: 20 * MIB, parts: 3, largest: 8 * MIB },
    { what: 'what fits smallest parts', announced: 50 * GIB, bytes: 50 * GIB, parts: 6400, largest: 8 * MIB },
    { what: 'a large database', announced: 200 * GIB, bytes: 200 * GIB, parts: 6827, largest: 30 * MIB },
    { what: 'a terabyte', announced: TIB, bytes: TIB, parts: 6991, largest: 150 * MIB },
    { what: 'the largest object', announced: 5 * TIB, bytes: 5 * TIB, parts: 7000, largest: 749 * MIB },
  ])('gives parts of one size for $what', ({ announced, bytes, parts, largest }) => {
    const sizes = partsOf(bytes, announced);
    expect([sizes.length, Math.max(...sizes)]).toEqual([parts, largest]);
    expect(new Set(sizes.slice(0, -1)).size).toBe(1);
  });

  it.each([
    { what: 'nothing', announced: undefined },
    { what: 'zero', announced: 0 },
    { what: 'a gigabyte', announced: GIB },
    { what: 'as much as smallest parts hold', announced: 7000 * MIN_PART_BYTES },
    { what: 'a little more', announced: 7000 * MIN_PART_BYTES + 1 },
    { what: 'half a terabyte', announced: TIB / 2 },
    { what: 'more than an object may have', announced: 6 * TIB },
  ])('never needs more than 10,000 parts up to 5 TiB when $what was announced', ({ announced }) => {
    const sizes = partsOf(5 * TIB, announced);
    expect(sizes.length).toBeLessThanOrEqual(MAX_PARTS);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThanOrEqual(MIN_STORE_BYTES);
  });
});
