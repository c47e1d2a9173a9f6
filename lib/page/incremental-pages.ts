/**
 * The pages of one incremental file that comes in pieces of any length: they are whole pages, and the header says which
 * block each of them is. The result is the report on the file, also on one that has another form.
 */

import { BackupError } from '../errors/backup-error.ts';
import { FilePages } from './file-pages.ts';
import { IncrementalReader } from './incremental-reader.ts';
import type { PageChecker } from './page-checker.ts';
import { emptyReport, type PageReport } from './page-report.ts';

/** What stands for a file in messages, and how long it is to be. */
export interface IncrementalFile {
  readonly subject: string;
  readonly size: number;
}

/** Where its blocks are in the relation, and what checks them; both depend on their size. */
export interface PlacedChecker {
  readonly checker: PageChecker;
  /** The number of the segment's first block. */
  readonly firstBlock: number;
}

/** Checks one file. */
export class IncrementalPages {
  readonly #reader: IncrementalReader;
  readonly #place: (blockBytes: number) => PlacedChecker;
  #pages: FilePages | undefined;
  #firstBlock = 0;
  #blockBytes = 0;
  #malformed: string | undefined;

  /** `place` is called when the size of blocks is known, and throws BackupError for one that cannot be. */
  constructor({ subject, size }: IncrementalFile, place: (blockBytes: number) => PlacedChecker) {
    this.#reader = new IncrementalReader(subject, size);
    this.#place = place;
  }

  /** Undefined before the first page has come. */
  get blockBytes(): number | undefined {
    return this.#pages === undefined ? undefined : this.#blockBytes;
  }

  /** Takes the next piece, which may be overwritten afterwards. */
  push(piece: Buffer): void {
    this.#unlessMalformed(() => {
      for (const part of this.#reader.push(piece)) {
        if (part.type === 'pages') this.#check(part.position, part.bytes);
        else if (part.header.blockBytes !== undefined) this.#begin(part.header.blockBytes);
      }
    });
  }

  /** The file has ended. Undefined if it has no pages, and is not malformed. */
  end(): PageReport | undefined {
    this.#unlessMalformed(() => this.#reader.end());
    const report = this.#pages?.end();
    return this.#malformed === undefined
      ? report
      : { ...(report ?? emptyReport()), malformed: this.#malformed };
  }

  #begin(blockBytes: number): void {
    const { checker, firstBlock } = this.#place(blockBytes);
    this.#pages = new FilePages(checker, firstBlock);
    this.#firstBlock = firstBlock;
    this.#blockBytes = blockBytes;
  }

  #check(position: number, bytes: Buffer): void {
    // A page that was cut is gone on with.
    if (position % this.#blockBytes === 0)
      this.#pages?.moveTo(this.#firstBlock + position / this.#blockBytes);
    this.#pages?.push(bytes);
  }

  #unlessMalformed(act: () => void): void {
    if (this.#malformed !== undefined) return;
    try {
      act();
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      this.#malformed = error.message;
    }
  }
}
