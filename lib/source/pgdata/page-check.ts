/**
 * Checks the pages of relations while they are read for a backup: pieces of files in, warnings out in the server's words
 * (sendFile() in src/backend/backup/basebackup.c). That pages are corrupt makes the backup fail, but only after its
 * data, so that there is something left to look at.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { PageRules } from '../../page/page-checker.ts';
import type { PageReport } from '../../page/page-report.ts';
import type { ControlFile } from '../../postgres/control-file.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { parseRelationFile } from '../../postgres/relation-file.ts';

/** Judges the pages of all files of a backup. */
export class PageCheck {
  readonly rules: PageRules;
  readonly #segmentBlocks: number;
  readonly #warn: (message: string) => void;
  #bad = 0;

  /** Pages that are as new as `newest`, or newer, are not checked. */
  constructor({ blockBytes, segmentBlocks }: ControlFile, newest: Lsn, warn: (message: string) => void) {
    this.rules = { blockBytes, startLsn: newest };
    this.#segmentBlocks = segmentBlocks;
    this.#warn = warn;
  }

  get blockBytes(): number {
    return this.rules.blockBytes;
  }

  /** The number of the first block of the file with this path; undefined if it does not consist of pages. */
  firstBlock(path: string): number | undefined {
    const file = parseRelationFile(path);
    if (file === undefined || file.incremental) return undefined;
    return file.segment * this.#segmentBlocks;
  }

  /** The pages of a file have been checked. */
  judge(path: string, { bad, firstBad }: PageReport): void {
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
