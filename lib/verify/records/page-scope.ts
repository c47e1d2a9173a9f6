/** The rules by which the pages of a backup are checked, and which of its files have pages. */

import type { PageRules } from '../../page/page-checker.ts';
import { parseRelationFile } from '../../postgres/relation-file.ts';

/** Why the pages of an incremental file are not checked (PostgreSQL 17 and later). */
export const INCREMENTAL = 'incremental, in a form of their own';

/** The files whose pages are to be checked. */
export class PageScope {
  readonly rules: PageRules;
  readonly segmentBlocks: number;

  constructor(rules: PageRules, segmentBlocks: number) {
    this.rules = rules;
    this.segmentBlocks = segmentBlocks;
  }

  /** The number of the first block in the file of this path, or why it is not checked; undefined if it has no pages. */
  firstBlock(path: string): number | string | undefined {
    const relation = parseRelationFile(path);
    if (relation === undefined) return undefined;
    return relation.incremental ? INCREMENTAL : relation.segment * this.segmentBlocks;
  }
}
