import { closeSync, fsyncSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cutIntoParts, pageCache } from '../../../lib/io/page-cache.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';

const MIB = 1024 * 1024;
const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

describe('cutIntoParts', () => {
  it('cuts ranges where parts begin', () => {
    const ranges = [
      { offset: 5, bytes: 3 },
      { offset: 9, bytes: 15 },
    ];
    expect([...cutIntoParts(ranges, 10)]).toEqual([
      [0, [ranges[0], { offset: 9, bytes: 1 }]],
      [10, [{ offset: 10, bytes: 10 }]],
      [20, [{ offset: 20, bytes: 4 }]],
    ]);
  });
});

describe('pageCache', () => {
  it('tells what is in memory and gives it up', (context) => {
    const cache = pageCache();
    if (cache === undefined) return context.skip();
    const path = join(folder, 'file');
    writeFileSync(path, Buffer.alloc(4 * MIB, 1));
    const fd = openSync(path, 'r+');
    try {
      fsyncSync(fd);
      expect(cache.absent(fd, 4 * MIB)).toEqual([]);
      cache.giveUp(fd, { offset: 0, bytes: 4 * MIB });
      const absent = cache.absent(fd, 4 * MIB);
      if (absent.length === 0) return context.skip(); // a file system in memory, or files of another owner
      expect(absent).toEqual([{ offset: 0, bytes: 4 * MIB }]);
      readSync(fd, Buffer.alloc(4 * MIB), 0, 4 * MIB, 0);
      expect(cache.absent(fd, 4 * MIB)).toEqual([]);
    } finally {
      closeSync(fd);
    }
  });

  it('knows nothing of an empty file', () => {
    const path = join(folder, 'empty');
    writeFileSync(path, '');
    const fd = openSync(path, 'r');
    expect(pageCache()?.absent(fd, 0) ?? []).toEqual([]);
    closeSync(fd);
  });
});
