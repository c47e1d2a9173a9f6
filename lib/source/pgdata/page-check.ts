/**
 * Checks the pages of relations while they are read for a backup: pieces of files in, warnings out in the server's words
 * (sendFile() in src/backend/backup/basebackup.c). That pages are corrupt makes the backup fail, but only after its
 * data, so that there is something left to look at.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { FilePages } from '../../page/file-pages.ts';
import { PageChecker } from '../../page/page-checker.ts';
import type { ControlFile } from '../../postgres/control-file.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { parseRelationFile } from '../../postgres/relation-file.ts';

/** Checks the pages of all files of a backup. */
export class PageCheck {
  readonly #checker: PageChecker;
  readonly #segmentBlocks: number;
  readonly #warn: (message: string) => void;
  #bad = 0;

  /** Pages that are as new as `newest`, or newer, are not checked. */
  constructor({ blockBytes, segmentBlocks }: ControlFile, newest: Lsn, warn: (message: string) => void) {
    this.#checker = new PageChecker({ blockBytes, startLsn: newest });
    this.#segmentBlocks = segmentBlocks;
    this.#warn = warn;
  }

  /** For the file with this path in the data directory; undefined if it does not consist of pages. */
  open(path: string): FilePages | undefined {
    const file = parseRelationFile(path);
    if (file === undefined || file.incremental) return undefined;
    return new FilePages(this.#checker, file.segment * this.#segmentBlocks);
  }

  /** The file has been read. */
  close(path: string, pages: FilePages): void {
    const { bad, firstBad } = pages.end();
    this.#bad += bad;
    for (const { block, expected, calculated } of firstBad)
      this.#warn(
        `checksum verification failed in file "${path}", block ${block}: ` +
          `calculated ${hex(calculated)} but expected ${hex(expected)}`,
      );
    if (bad > firstBad.length)
      this.#warn(`further checksum verification failures in file "${path}" will not be reported`);
    if (bad > 1) this.#warn(`file "${path}" has a total of ${bad} checksum verification failures`);
  }

  /** Throws BackupError if a page was corrupt. */
  insistOnNone(): void {
    if (this.#bad === 0) return;
    throw new BackupError('checksum verification failure during base backup', {
      detail: `The number of corrupt pages is ${this.#bad}.`,
    });
  }
}

function hex(checksum: number): string {
  return checksum.toString(16).toUpperCase();
}
