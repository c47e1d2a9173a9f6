import { describe, expect, it } from 'vitest';
import { readTuples } from '../../../../lib/restore/database/heap-page.ts';
import { COMMITTED, DELETED, heapPage, INVALID, NOT_DELETED, ONLY_LOCKED } from './build.ts';

const texts = (page: Buffer) => readTuples(page).map(String);

describe('readTuples', () => {
  it.each([8192, 1024, 32768])('reads a page of %i bytes', (size) => {
    const tuples = ['one', 'two, longer', ''].map((text) => ({ data: Buffer.from(text) }));
    expect(texts(heapPage(tuples, size))).toEqual(['one', 'two, longer', '']);
  });

  it.each([
    { name: 'committed and not deleted', hints: COMMITTED | NOT_DELETED, xmax: 0, alive: true },
    { name: 'frozen', hints: COMMITTED | INVALID | NOT_DELETED, xmax: 0, alive: true },
    { name: 'of an unknown inserter', hints: NOT_DELETED, xmax: 0, alive: true },
    { name: 'of an inserter that aborted', hints: INVALID | NOT_DELETED, xmax: 0, alive: false },
    { name: 'deleted', hints: COMMITTED | DELETED, xmax: 751, alive: false },
    { name: 'of an unknown deleter', hints: COMMITTED, xmax: 751, alive: true },
    { name: 'of a deleter that aborted', hints: COMMITTED | NOT_DELETED, xmax: 751, alive: true },
    { name: 'that was only locked', hints: COMMITTED | DELETED | ONLY_LOCKED, xmax: 751, alive: true },
  ])('takes a tuple $name to be there: $alive', ({ hints, xmax, alive }) => {
    expect(texts(heapPage([{ data: Buffer.from('x'), hints, xmax }]))).toEqual(alive ? ['x'] : []);
  });

  it('finds nothing in a page that is not in use', () => {
    expect(readTuples(Buffer.alloc(8192))).toEqual([]);
  });

  const tuple = { data: Buffer.from('tuple') };
  it.each([
    { name: 'a lower bound in the header', at: 12, value: 20 },
    { name: 'a lower bound above the upper one', at: 12, value: 8188 },
    { name: 'an upper bound behind the special space', at: 14, value: 8196 },
    { name: 'a special space behind the end', at: 16, value: 9000 },
    { name: 'another page size', at: 18, value: 4096 + 4 },
    { name: 'another layout', at: 18, value: 8192 + 3 },
    { name: 'a tuple behind the end', at: 28, value: 0x8000 | 8180 },
    { name: 'a tuple with a header of nothing', at: 8160 + 22, value: 0 },
    { name: 'a tuple with a header beyond its end', at: 8160 + 22, value: 200 },
  ])('refuses a page with $name', ({ at, value }) => {
    const page = heapPage([tuple]);
    page.writeUInt16LE(value, at);
    expect(() => readTuples(page)).toThrow('invalid page of a table');
  });

  it('refuses a page with a tuple too short for its header', () => {
    const page = heapPage([tuple]);
    page.writeUInt32LE(((10 << 17) | (1 << 15) | 8160) >>> 0, 28);
    expect(() => readTuples(page)).toThrow('invalid page of a table');
  });
});
