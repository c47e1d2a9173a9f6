import { describe, expect, it } from 'vitest';
import { FilePages } from '../../../lib/page/file-pages.ts';
import { PageChecker } from '../../../lib/page/page-checker.ts';
import type { PageReport } from '../../../lib/page/page-report.ts';
import { CUTS, every, lend } from '../../support/rechunk.ts';
import { makePage } from './reference.ts';

const BLOCK = 1024;
const START_LSN = 100n;
const checker = new PageChecker({ blockBytes: BLOCK, startLsn: START_LSN });
const cuts = [...CUTS, { name: 'in chunks of a page and a byte', cut: every(BLOCK + 1) }];

const pages = Buffer.concat([
  makePage(BLOCK, 3, 1n),
  Buffer.alloc(BLOCK),
  makePage(BLOCK, 4, 1n), // should be block 5
  makePage(BLOCK, 6, START_LSN),
  makePage(BLOCK, 7, 1n),
]);

describe.each(cuts)('FilePages, fed $name', ({ cut }) => {
  async function check(bytes: Buffer): Promise<PageReport> {
    const file = new FilePages(checker, 3);
    for await (const piece of lend(bytes, cut)) file.push(piece);
    return file.end();
  }

  it('finds the same', async () => {
    expect(await check(pages)).toMatchObject({ good: 2, empty: 1, newer: 1, bad: 1 });
    expect((await check(pages)).firstBad.map(({ block }) => block)).toEqual([5]);
  });

  it('checks up to the last whole page', async () => {
    const report = await check(pages.subarray(0, pages.length - 1));
    expect(report).toMatchObject({ good: 1, empty: 1, newer: 1, bad: 1 });
  });

  it('accepts an empty file', async () => {
    expect(await check(Buffer.alloc(0))).toMatchObject({ good: 0, bad: 0 });
  });
});
