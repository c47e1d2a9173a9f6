/** How the pages of a file fared. */

import type { Lsn } from '../postgres/lsn.ts';

/** A page whose checksum is wrong. */
export interface BadPage {
  /** The number of the block in its fork, all segments counted. */
  readonly block: number;
  /** The checksum that the page has. */
  readonly expected: number;
  /** The checksum that its contents give. */
  readonly calculated: number;
}

/** Counts of pages, and the first bad ones. */
export interface PageReport {
  /** Pages whose checksum is right. */
  good: number;
  /** All zero: added to the relation, not used yet. */
  empty: number;
  /** Changed since the backup began: not checked, as they may be torn; replay of the WAL makes them whole. */
  newer: number;
  /** Empty by their header but not behind it: not checked, as a new page may be torn, too. */
  halfEmpty: number;
  /** Pages whose checksum is wrong. */
  bad: number;
  /** The first of the bad ones. */
  readonly firstBad: BadPage[];
  /** The highest LSN of the newer pages; no page can have one beyond the end of the backup. */
  newest: Lsn;
}

/** Bad pages that a report lists; the server warns of as many a file. */
export const LISTED_BAD_PAGES = 5;

/** The report on no pages. */
export function emptyReport(): PageReport {
  return { good: 0, empty: 0, newer: 0, halfEmpty: 0, bad: 0, firstBad: [], newest: 0n };
}

/** Adds the counts of one report to another. */
export function addReport(sum: PageReport, { good, empty, newer, halfEmpty, bad }: PageReport): void {
  sum.good += good;
  sum.empty += empty;
  sum.newer += newer;
  sum.halfEmpty += halfEmpty;
  sum.bad += bad;
}

/** The report on two parts of a file one behind the other. */
export function joinReports(first: PageReport, second: PageReport): PageReport {
  const firstBad = [...first.firstBad, ...second.firstBad].slice(0, LISTED_BAD_PAGES);
  const newest = first.newest > second.newest ? first.newest : second.newest;
  const both = { ...first, firstBad, newest };
  addReport(both, second);
  return both;
}
