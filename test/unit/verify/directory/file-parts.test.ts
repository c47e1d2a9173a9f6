import { closeSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ChecksumAlgorithm, checksumOf } from '../../../../lib/manifest/checksum.ts';
import { PageChecker } from '../../../../lib/page/page-checker.ts';
import { joinParts, partsOf, type Wanted } from '../../../../lib/verify/directory/file-parts.ts';
import { FileReader, type PartContents } from '../../../../lib/verify/directory/file-reader.ts';
import { removeFolder, temporaryFolder } from '../../../support/folder.ts';
import { incrementalFile } from '../../page/incremental-file.ts';
import { makePage } from '../../page/reference.ts';

const MIB = 1024 ** 2;
const BLOCK = 8192;
const RULES = { blockBytes: BLOCK, startLsn: 100n };
const folder = temporaryFolder();
const full = join(folder, 'file');
afterAll(() => removeFolder(folder));

/** Zeros, with pages at some places. */
function write(bytes: number, pages: readonly { block: number; lsn?: bigint; bad?: boolean }[]): Buffer {
  const contents = Buffer.alloc(bytes);
  for (const { block, lsn = 50n, bad = false } of pages)
    makePage(BLOCK, 1000 + block + (bad ? 1 : 0), lsn).copy(contents, block * BLOCK);
  writeFileSync(full, contents);
  return contents;
}

function wanted(algorithm: ChecksumAlgorithm, checksum = true): Wanted {
  const { size } = statSync(full);
  const file = { path: 'base/5/1', size, algorithm, checksum: '' };
  return { file, full, checksum, pages: { firstBlock: 1000, incremental: false }, blockBytes: BLOCK };
}

function readParts(one: Wanted): { count: number; whole: PartContents } {
  const reader = new FileReader(new PageChecker(RULES));
  const [first, ...rest] = [...partsOf(one)].map((part) => reader.read(part));
  if (first === undefined) throw new Error('no parts');
  return { count: rest.length + 1, whole: rest.reduce(joinParts, first) };
}

describe('parts of a file', () => {
  it.each([
    { size: 0, count: 1 },
    { size: 5 * BLOCK + 17, count: 1 },
    { size: 32 * MIB, count: 1 },
    { size: 32 * MIB + 1, count: 2 },
    { size: 70 * MIB, count: 3 },
  ])('have the checksum of the whole: $size bytes', ({ size, count }) => {
    const pages = size > 64 * MIB ? [{ block: 1 }, { block: 5000 }, { block: 8500 }] : [];
    const contents = write(size, pages);
    const parts = readParts(wanted('CRC32C'));
    expect(parts.count).toBe(count);
    expect(parts.whole).toMatchObject({ bytes: size, checksum: checksumOf('CRC32C', contents) });
    expect(parts.whole.pages).toMatchObject({ good: pages.length, bad: 0 });
  });

  it('are one part if the checksum cannot be joined', () => {
    const contents = write(40 * MIB, []);
    const { count, whole } = readParts(wanted('SHA256'));
    expect(count).toBe(1);
    expect(whole.checksum).toBe(checksumOf('SHA256', contents));
    expect(readParts(wanted('SHA256', false))).toMatchObject({ count: 2, whole: { checksum: '' } });
  });

  it('are one part if it is incremental, of pages anywhere', () => {
    const blocks = Array.from({ length: 5000 }, (_, index) => 3 * index);
    const contents = incrementalFile({
      blocks,
      truncation: 15_000,
      page: (block) => makePage(BLOCK, 1000 + block, 50n),
    });
    writeFileSync(full, contents);
    const one = { ...wanted('CRC32C'), pages: { firstBlock: 1000, incremental: true } };
    const { count, whole } = readParts(one);
    expect(count).toBe(1);
    expect(whole).toMatchObject({ bytes: contents.length, checksum: checksumOf('CRC32C', contents) });
    expect(whole.pages).toMatchObject({ good: 5000, bad: 0 });
    contents.fill('x', contents.length - 2 * BLOCK - 100, contents.length - 2 * BLOCK);
    writeFileSync(full, contents);
    expect(readParts(one).whole.pages?.firstBad.map(({ block }) => block)).toEqual([1000 + 3 * 4997]);
  });

  it('tell of an incremental file with pages of another size', () => {
    writeFileSync(full, incrementalFile({ blocks: [1], truncation: 2, blockBytes: 4096 }));
    const one = { ...wanted('CRC32C'), pages: { firstBlock: 0, incremental: true } };
    expect(readParts(one).whole.pages?.malformed).toBe(
      'file "base/5/1" has pages of 4096 bytes, but those of the cluster have 8192',
    );
  });

  it('report the first bad pages of all, and the highest LSN', () => {
    const bad = [1, 2, 3, 5000, 5001, 8500].map((block) => ({ block, bad: true }));
    write(70 * MIB, [
      ...bad,
      { block: 7, lsn: 200n },
      { block: 8501, lsn: 300n },
      { block: 8502, lsn: 150n },
    ]);
    const { pages } = readParts(wanted('CRC32C')).whole;
    expect(pages).toMatchObject({ bad: 6, newer: 3, newest: 300n });
    expect(pages?.firstBad.map(({ block }) => block)).toEqual([1001, 1002, 1003, 6000, 6001]);
  });

  it('tell what a file has become meanwhile', () => {
    write(33 * MIB, []);
    const one = wanted('CRC32C');
    const fd = openSync(full, 'a');
    writeSync(fd, 'more');
    closeSync(fd);
    expect(readParts(one).whole.bytes).toBe(33 * MIB + 4);
    writeFileSync(full, 'less');
    expect(readParts(one).whole.bytes).toBe(4);
    removeFolder(folder);
    expect(readParts(one).whole.trouble).toBe('could not open file "base/5/1": No such file or directory');
  });
});
