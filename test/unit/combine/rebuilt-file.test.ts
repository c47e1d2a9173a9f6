import { afterAll, describe, expect, it } from 'vitest';
import { type PageStore, RebuiltFile } from '../../../lib/combine/rebuilt-file.ts';
import { CombineSpool } from '../../../lib/combine/spool.ts';
import { SpooledPages } from '../../../lib/combine/spooled-pages.ts';
import { removeFolder, temporaryFolder } from '../../support/folder.ts';
import { retainedBytes } from '../../support/retained.ts';

const SEGMENTS = { blockBytes: 8192, segmentBlocks: 131072 };
const FILES = 32;
const BLOCKS = 20_000;
const NOWHERE: PageStore = {
  close() {},
  abandon() {},
  write() {},
  setLength() {},
  checksum: () => '',
};

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));

/** Files of whole segments, in each of which every so many blocks has changed. */
function segmentFiles(every: number): RebuiltFile[] {
  const count = Math.floor(SEGMENTS.segmentBlocks / every);
  return Array.from({ length: FILES }, () => {
    const file = new RebuiltFile('file "f"', NOWHERE);
    const blocks = Uint32Array.from({ length: count }, (_, index) => every * index);
    file.begin({ blocks, truncation: SEGMENTS.segmentBlocks, blockBytes: count === 0 ? undefined : 8192 });
    return file;
  });
}

describe('RebuiltFile', () => {
  it('keeps a bit for each block, before and after it is settled', () => {
    const bits = (FILES * SEGMENTS.segmentBlocks) / 8;
    const settled = () => segmentFiles(3).map((file) => [file, file.settle(SEGMENTS)]);
    for (const make of [() => segmentFiles(3), settled]) expect(retainedBytes(make)).toBeLessThan(3 * bits);
  });

  it('keeps next to nothing for files that have not changed', () => {
    const settled = () => segmentFiles(Number.POSITIVE_INFINITY).map((file) => [file, file.settle(SEGMENTS)]);
    expect(retainedBytes(settled)).toBeLessThan(FILES * 4000);
  });
});

describe('SpooledPages', () => {
  it('keeps its list of scattered pages in the spool', async () => {
    const spool = await CombineSpool.open(Number.POSITIVE_INFINITY, folder);
    const page = Buffer.alloc(16, 1);
    const scatter = () => {
      const pages = new SpooledPages(spool);
      for (let block = 0; block < BLOCKS; block++) {
        pages.write(8192 * ((block * 7) % BLOCKS), page);
        if (block % 1000 === 999) pages.close();
      }
      return pages;
    };
    expect(retainedBytes(scatter)).toBeLessThan(200_000);
    const runs = scatter().runs();
    expect(runs.map(({ start }) => start / 8192)).toEqual(
      Array.from({ length: BLOCKS }, (_, block) => block),
    );
    expect(runs.every(({ start, end }) => end === start + 16)).toBe(true);
    await spool.close();
  });
});
