import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { IncrementalPages } from '../../../lib/page/incremental-pages.ts';
import { PageChecker } from '../../../lib/page/page-checker.ts';
import { CUTS, type Cut, every, lend } from '../../support/rechunk.ts';
import { type IncrementalContents, incrementalFile } from './incremental-file.ts';
import { makePage } from './reference.ts';

const BLOCK = 1024;
const START_LSN = 100n;
const SEGMENT = 1000;
const checker = new PageChecker({ blockBytes: BLOCK, startLsn: START_LSN });
const cuts = [...CUTS, { name: 'in chunks of a page and a byte', cut: every(BLOCK + 1) }];

/** A page is right as block 1000 + its number; some are of another block, empty, or newer. */
const FILE: IncrementalContents = {
  blocks: [2, 3, 4, 9, 10, 20],
  truncation: 30,
  blockBytes: BLOCK,
  page: (block) => {
    if (block === 10) return Buffer.alloc(BLOCK);
    return makePage(
      BLOCK,
      SEGMENT + block + (block === 4 || block === 20 ? 1 : 0),
      block === 9 ? START_LSN : 1n,
    );
  },
};

describe.each(cuts)('IncrementalPages, fed $name', ({ cut }) => {
  async function check(bytes: Buffer, size = bytes.length, byCut: Cut = cut) {
    const file = new IncrementalPages({ subject: 'file "f"', size }, (blockBytes) => {
      if (blockBytes !== BLOCK) throw new BackupError('file "f" has other pages');
      return { checker, firstBlock: SEGMENT };
    });
    for await (const piece of lend(bytes, byCut)) file.push(piece);
    return { report: file.end(), blockBytes: file.blockBytes };
  }

  it('finds each page by the number of its block', async () => {
    const { report, blockBytes } = await check(incrementalFile(FILE));
    expect(report).toMatchObject({ good: 2, empty: 1, newer: 1, bad: 2 });
    expect(report?.firstBad.map(({ block }) => block)).toEqual([1004, 1020]);
    expect([report?.malformed, blockBytes]).toEqual([undefined, BLOCK]);
  });

  it('accepts a file without pages', async () => {
    const found = await check(incrementalFile({ blocks: [], truncation: 7 }));
    expect(found).toEqual({ report: undefined, blockBytes: undefined });
  });

  it.each([
    { name: 'no header', bytes: Buffer.alloc(0), complaint: 'is cut short' },
    {
      name: 'another magic number',
      bytes: incrementalFile({ ...FILE, magic: 7 }),
      complaint: 'has bad incremental',
    },
    {
      name: 'a block twice',
      bytes: incrementalFile({ ...FILE, blocks: [2, 2] }),
      complaint: 'has block 2 twice',
    },
    {
      name: 'other pages',
      bytes: incrementalFile({ blocks: [1], truncation: 2 }),
      complaint: 'has other pages',
    },
  ])('says what is wrong with a file with $name', async ({ bytes, complaint }) => {
    const { report } = await check(bytes);
    expect(report).toMatchObject({
      good: 0,
      bad: 0,
      malformed: expect.stringContaining(`file "f" ${complaint}`),
    });
  });

  it('tells of bad pages of a file that is cut short, too', async () => {
    const bytes = incrementalFile(FILE);
    const { report } = await check(bytes.subarray(0, -1), bytes.length);
    expect(report).toMatchObject({ good: 2, bad: 1, malformed: 'file "f" is cut short' });
  });
});
