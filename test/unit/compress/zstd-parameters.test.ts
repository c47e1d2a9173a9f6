import { describe, expect, it } from 'vitest';
import { mostWorkers, zstdParameters } from '../../../lib/compress/zstd-parameters.ts';

describe('mostWorkers', () => {
  it.each([
    [-5, 32],
    [3, 32],
    [9, 16],
    [12, 8],
    [19, 4],
    [20, 1],
    [22, 1],
  ])('at level %i is %i', (level, workers) => {
    expect(mostWorkers(level)).toBe(workers);
  });
});

describe('zstdParameters', () => {
  it('sets the window only for long-distance matching', () => {
    const names = (long: boolean) => zstdParameters({ method: 'zstd', long }).map(([name]) => name);
    const always = ['compressionLevel', 'checksumFlag', 'nbWorkers', 'jobSize'];
    expect(names(false)).toEqual(always);
    expect(names(true)).toEqual([...always, 'enableLongDistanceMatching', 'windowLog']);
  });
});
