import { describe, expect, it } from 'vitest';
import { isBlockSize, PageChecker } from '../../../lib/page/page-checker.ts';
import { emptyReport, type PageReport } from '../../../lib/page/page-report.ts';
import { HEADER, makePage, pageChecksum } from './reference.ts';

const START_LSN = 0x2_0000_0028n;
const OLD_LSN = 0x1_ffff_ffffn;
const BLOCK = 8192;
const checker = new PageChecker({ blockBytes: BLOCK, startLsn: START_LSN });

function check(pages: Buffer, firstBlock = 0): PageReport {
  const report = emptyReport();
  checker.check(pages, firstBlock, report);
  return report;
}

function changed(page: Buffer, at: number, value = 1): Buffer {
  const copy = Buffer.from(page);
  copy[at] = (copy[at] ?? 0) ^ value;
  return copy;
}

describe('PageChecker', () => {
  it.each([1024, 2048, 4096, 8192, 16384, 32768])('accepts right pages of %i bytes', (blockBytes) => {
    const some = new PageChecker({ blockBytes, startLsn: START_LSN });
    const pages = Array.from({ length: 70 }, (_, index) => makePage(blockBytes, 5 + index, OLD_LSN, index));
    const report = emptyReport();
    some.check(Buffer.concat(pages), 5, report);
    expect(report).toEqual({ ...emptyReport(), good: 70 });
  });

  it('takes the number of the block into account', () => {
    const page = makePage(BLOCK, 131072, OLD_LSN);
    expect(check(page, 131072).good).toBe(1);
    expect(check(page, 0).bad).toBe(1);
  });

  it('names the blocks of bad pages with both checksums', () => {
    const page = makePage(BLOCK, 8, OLD_LSN);
    const bad = changed(page, 5000);
    const report = check(Buffer.concat([makePage(BLOCK, 7, OLD_LSN), bad]), 7);
    expect(report).toEqual({
      ...emptyReport(),
      good: 1,
      bad: 1,
      firstBad: [
        { block: 8, expected: page.readUInt16LE(HEADER.checksum), calculated: pageChecksum(bad, 8) },
      ],
    });
  });

  it('counts all bad pages and lists the first', () => {
    const elsewhere = makePage(BLOCK, 99, OLD_LSN);
    const report = check(Buffer.concat(Array.from({ length: 40 }, () => elsewhere)));
    expect(report.bad).toBe(40);
    expect(report.firstBad.map(({ block }) => block)).toEqual([0, 1, 2, 3, 4]);
  });

  it('looks again at a bad page that can be read again, once', () => {
    const page = makePage(BLOCK, 3, OLD_LSN);
    const checkAgain = (second: Buffer) => {
      const report = emptyReport();
      changed(page, 5000).copy(checker.memory, BLOCK);
      const at: number[] = [];
      checker.checkRange(BLOCK, BLOCK, 3, report, (place) => {
        at.push(place);
        second.copy(checker.memory, place);
      });
      expect(at).toEqual([BLOCK]);
      return report;
    };
    expect(checkAgain(page)).toMatchObject({ good: 1, bad: 0 });
    expect(checkAgain(changed(page, 5000))).toMatchObject({ good: 0, bad: 1 });
    expect(checkAgain(makePage(BLOCK, 3, START_LSN))).toMatchObject({ newer: 1, bad: 0 });
  });

  it.each([
    { name: 'just before the start', lsn: START_LSN - 1n, newer: 0 },
    { name: 'at the start', lsn: START_LSN, newer: 1 },
    { name: 'later in the low half', lsn: START_LSN + 1n, newer: 1 },
    { name: 'later in the high half, earlier in the low one', lsn: 0x3_0000_0000n, newer: 1 },
    { name: 'earlier in the high half, later in the low one', lsn: 0x1_ffff_ffffn, newer: 0 },
    { name: 'with the highest bits set', lsn: 0xffff_ffff_ffff_fff0n, newer: 1 },
  ])('checks by its LSN whether a page was changed since the backup began: $name', ({ lsn, newer }) => {
    const report = check(changed(makePage(BLOCK, 0, lsn), 5000));
    expect([report.newer, report.bad]).toEqual([newer, 1 - newer]);
    expect(report.newest).toBe(newer ? lsn : 0n);
  });

  it('accepts pages of zeros', () => {
    expect(check(Buffer.alloc(3 * BLOCK))).toEqual({ ...emptyReport(), empty: 3 });
  });

  it('counts a page apart that is empty by its header only', () => {
    expect(check(changed(Buffer.alloc(BLOCK), 4096))).toEqual({ ...emptyReport(), halfEmpty: 1 });
  });

  it('does not believe that a page is empty that says so in a header with something in it', () => {
    const page = makePage(BLOCK, 0, OLD_LSN);
    page.writeUInt16LE(0, HEADER.upper);
    expect(check(page).bad).toBe(1);
  });

  it('checks what was put into its memory', () => {
    const pages = Buffer.concat([makePage(BLOCK, 0, OLD_LSN), makePage(BLOCK, 1, OLD_LSN)]);
    checker.memory.fill(1).set(pages);
    const report = emptyReport();
    checker.checkMemory(pages.length, 0, report);
    expect(report).toEqual({ ...emptyReport(), good: 2 });
  });
});

describe('isBlockSize', () => {
  it.each([1024, 8192, 32768])('allows %i', (bytes) => expect(isBlockSize(bytes)).toBe(true));
  it.each([0, 512, 1000, 3072, 65536, 8191.5, Number.NaN])('refuses %d', (bytes) => {
    expect(isBlockSize(bytes)).toBe(false);
  });
});
