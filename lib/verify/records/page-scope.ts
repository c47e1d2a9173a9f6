/** The rules by which the pages of a backup are checked, and which of its files have pages. */

import type { PageRules } from '../../page/page-checker.ts';
import { parseRelationFile } from '../../postgres/relation-file.ts';

/** A file that has pages. */
export interface PagedFile {
  /** The number of the first block in its segment. */
  readonly firstBlock: number;
  /** Whether it has only some pages, in a form of their own (PostgreSQL 17 and later). */
  readonly incremental: boolean;
}

/** The files whose pages are to be checked. */
export class PageScope {
  readonly rules: PageRules;
  readonly segmentBlocks: number;

  constructor(rules: PageRules, segmentBlocks: number) {
    this.rules = rules;
    this.segmentBlocks = segmentBlocks;
  }

  /** The pages of the file of this path; undefined if it has none. */
  pagesOf(path: string): PagedFile | undefined {
    const relation = parseRelationFile(path);
    if (relation === undefined) return undefined;
    const { segment, incremental } = relation;
    return { firstBlock: segment * this.segmentBlocks, incremental };
  }
}
