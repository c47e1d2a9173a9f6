/**
 * The pages of relation files that pass: each is checked when it comes, before the control file has told the sizes of
 * blocks and segments, which therefore have to agree with those assumed here when everything has passed.
 */

import { FilePages } from '../../page/file-pages.ts';
import { IncrementalPages } from '../../page/incremental-pages.ts';
import { blockSizeOf, PageChecker } from '../../page/page-checker.ts';
import type { PageReport } from '../../page/page-report.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { parseRelationFile } from '../../postgres/relation-file.ts';
import type { PageScope } from '../records/page-scope.ts';
import type { Verification } from '../shared/verification.ts';

/** Every server cuts relations at 1 GiB that was not built otherwise. */
const SEGMENT_BYTES = 2 ** 30;
const USUAL_BLOCK_BYTES = 8192;
/** Up to how many pages files without anything to be noted share their report. */
const SHARED_REPORTS = 256;

const TOO_EARLY = 'they came before it was known where the backup starts';
const OTHER_SEGMENTS = 'segments of relations that are not cut at 1 GiB';
const OTHER_BLOCKS = 'the control file has another block size';

/** Takes the pages of one file. */
export interface PagesOfFile {
  /** Undefined before the first page has come. */
  readonly blockBytes: number | undefined;
  push(piece: Buffer): void;
  /** Undefined if there were none. */
  end(): PageReport | undefined;
}

/** What became known of the pages of a file. */
interface CheckedPages {
  readonly path: string;
  readonly pages: PageReport | string | undefined;
  readonly blockBytes: number | undefined;
}

/** Checks the pages of all files. */
export class StreamedPages {
  readonly #isWanted: boolean;
  /** As the server said, or as the first page did. */
  #blockBytes: number | undefined;
  #checker: PageChecker | undefined;
  /** Reports on files whose pages are all good, by their number: most are small, and there may be a million. */
  readonly #shared: PageReport[] = [];

  constructor(blockBytes: number | undefined, { pages, skipChecksums }: Verification) {
    this.#isWanted = pages === 'insist' || (pages === 'auto' && !skipChecksums);
    this.#blockBytes = blockBytes;
  }

  /** A file begins: gives what takes its pages, or why they are not checked; undefined if it has none. */
  begin(path: string, size: number, start: Lsn | undefined): PagesOfFile | string | undefined {
    const relation = this.#isWanted ? parseRelationFile(path) : undefined;
    if (relation === undefined) return undefined;
    if (start === undefined) return TOO_EARLY;
    const { segment, incremental } = relation;
    return incremental ? this.#takeIncremental(path, size, segment, start) : this.#take(segment, start);
  }

  /** What is to be said of the pages of a file, now that the rules are known. */
  judgedBy(scope: PageScope | undefined, { path, pages, blockBytes }: CheckedPages): CheckedPages['pages'] {
    if (scope === undefined) return undefined;
    if (typeof pages !== 'object' || pages.malformed !== undefined) return pages;
    const { rules, segmentBlocks } = scope;
    if (blockBytes !== rules.blockBytes) return OTHER_BLOCKS;
    const isLater = segmentBlocks * blockBytes !== SEGMENT_BYTES && scope.pagesOf(path)?.firstBlock !== 0;
    return isLater ? OTHER_SEGMENTS : pages;
  }

  #take(segment: number, start: Lsn): PagesOfFile {
    let pages: FilePages | undefined;
    let blockBytes: number | undefined;
    return {
      get blockBytes() {
        return blockBytes;
      },
      push: (piece) => {
        if (pages === undefined) {
          const checker = this.#checkerFor(piece, start);
          blockBytes = checker.blockBytes;
          pages = new FilePages(checker, segment * (SEGMENT_BYTES / blockBytes));
        }
        pages.push(piece);
      },
      end: () => pages && this.#share(pages.end()),
    };
  }

  /** The size of blocks follows from that of the file. */
  #takeIncremental(path: string, size: number, segment: number, start: Lsn): PagesOfFile {
    const pages = new IncrementalPages({ subject: `file "${path}"`, size }, (blockBytes) => ({
      checker: this.#checkerOf(blockBytes, start),
      firstBlock: segment * (SEGMENT_BYTES / blockBytes),
    }));
    return {
      get blockBytes() {
        return pages.blockBytes;
      },
      push: (piece) => pages.push(piece),
      end: () => {
        const report = pages.end();
        return report && this.#share(report);
      },
    };
  }

  #checkerFor(beginning: Buffer, startLsn: Lsn): PageChecker {
    this.#blockBytes ??= blockSizeOf(beginning);
    return this.#checkerOf(this.#blockBytes ?? USUAL_BLOCK_BYTES, startLsn);
  }

  #checkerOf(blockBytes: number, startLsn: Lsn): PageChecker {
    if (this.#checker?.blockBytes !== blockBytes) this.#checker = new PageChecker({ blockBytes, startLsn });
    return this.#checker;
  }

  #share(report: PageReport): PageReport {
    const { good, empty, halfEmpty, newer, bad, malformed } = report;
    if (malformed !== undefined || good >= SHARED_REPORTS || empty + halfEmpty + newer + bad > 0)
      return report;
    this.#shared[good] ??= report;
    return this.#shared[good];
  }
}
