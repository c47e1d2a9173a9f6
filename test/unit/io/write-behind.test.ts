import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { WriteBehind } from '../../../lib/io/write-behind.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { randomFrom } from '../../support/rechunk.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

const KIB = 1024;
const SIZES = [1, 8 * KIB, 64 * KIB, 100 * KIB, 256 * KIB, 300 * KIB];

function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

describe('WriteBehind', () => {
  it('writes pieces of any size, in any order, which are free again at once', async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const random = randomFrom(seed);
      const writes = new WriteBehind();
      const lent = Buffer.alloc(Math.max(...SIZES));
      const files = Array.from({ length: 3 }, (_, number) => {
        const path = join(folder, `${seed}-${number}`);
        const fd = openSync(path, 'w');
        return { path, fd, file: writes.open(fd, path), expected: Buffer.alloc(10 * 1024 * KIB), end: 0 };
      });
      for (let piece = 0; piece < 60; piece++) {
        const one = files[random(files.length)];
        if (one === undefined) continue;
        const bytes = lent.subarray(0, SIZES[random(SIZES.length)]).fill(1 + random(255));
        bytes.copy(one.expected, one.end);
        one.file.write(one.end, bytes);
        one.end += bytes.length + random(3) * KIB;
        // As a reader that has several reads for each turn of the event loop.
        if (piece % 5 === 0) await new Promise(setImmediate);
      }
      for (const { file } of files) file.close();
      await writes.settle();
      for (const { path, fd, expected } of files) {
        const found = readFileSync(path);
        expect(found.equals(expected.subarray(0, found.length))).toBe(true);
        expect(found.length).toBe(expected.findLastIndex((byte) => byte !== 0) + 1);
        expect(isOpen(fd)).toBe(false);
      }
    }
  });

  it.each([1, 100 * KIB])('tells of a failed write of %d bytes, and closes the file', async (length) => {
    const path = join(folder, 'readonly');
    closeSync(openSync(path, 'w'));
    const fd = openSync(path, 'r');
    const writes = new WriteBehind();
    const file = writes.open(fd, path);
    const failed = (async () => {
      file.write(0, Buffer.alloc(length));
      await writes.settle();
    })();
    const complaint = {
      name: 'TroubleError',
      message: expect.stringContaining(`could not write to file "${path}": `),
    };
    await expect(failed).rejects.toMatchObject(complaint);
    file.close();
    expect(isOpen(fd)).toBe(false);
    // Whoever goes on is told again.
    if (length > 1) expect(() => file.write(0, Buffer.alloc(1))).toThrow(expect.objectContaining(complaint));
  });
});
