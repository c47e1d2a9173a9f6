/** The result of checking the pages of a file. */

import type { Lsn } from '../postgres/lsn.ts';

/** A page whose checksum is wrong. */
export interface BadPage {
  /** The number of the block in its fork, all segments counted. */
  readonly block: number;
  /** The checksum in the page. */
  readonly expected: number;
  /** The checksum of its contents. */
  readonly calculated: number;
}

/** Counts of pages, and the first bad ones. */
export interface PageReport {
  /** Pages whose checksum is right. */
  good: number;
  /** All zero: added to the relation, not used yet. */
  empty: number;
  /** Changed since the backup began: not checked, since they may be torn; replay of the WAL repairs them. */
  newer: number;
  /** Empty header, but contents after it: not checked, since a new page may be torn too. */
  halfEmpty: number;
  /** Pages whose checksum is wrong. */
  bad: number;
  /** The first of the bad ones. */
  readonly firstBad: BadPage[];
  /** The highest LSN of the newer pages; no page can have one beyond the end of the backup. */
  newest: Lsn;
  /** What is wrong with the form in which the pages are, of an incremental file. */
  malformed?: string;
}

/** The number of bad pages that a report lists; the server warns of as many in each file. */
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

/** The report on two parts of a file, one after the other. */
export function joinReports(first: PageReport, second: PageReport): PageReport {
  const firstBad = [...first.firstBad, ...second.firstBad].slice(0, LISTED_BAD_PAGES);
  const newest = first.newest > second.newest ? first.newest : second.newest;
  const both = { ...first, firstBad, newest };
  addReport(both, second);
  return both;
}
