/**
 * Reads a file of the backup into one buffer that is used again and again, in the memory of the page checker if there
 * is one, so that checksum and pages are computed from the same bytes where they lie. Reads are synchronous: most files
 * are small, and a detour through the thread pool costs more than reading them.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { systemErrorText } from '../io/system-error.ts';
import { type Checksum, createChecksum } from '../manifest/checksum.ts';
import type { ManifestFile } from '../manifest/contents.ts';
import type { PageChecker } from '../page/page-checker.ts';
import { emptyReport, type PageReport } from '../page/page-report.ts';
import type { DiskPath } from './check-tree.ts';

const BUFFER_BYTES = 256 * 1024;

/** What to find out of a file. */
export interface Wanted {
  readonly checksum: boolean;
  /** The number of the file's first block, if it has pages that are to be checked. */
  readonly firstBlock: number | undefined;
}

/** What was found out. */
export interface FileContents {
  readonly bytes: number;
  /** Empty if it was not wanted. */
  readonly checksum: string;
  readonly pages: PageReport | undefined;
}

/** The file cannot be read; the message says why. */
export class UnreadableFileError extends Error {}

/** Reads one file after the other. */
export class FileReader {
  readonly #pages: PageChecker | undefined;
  readonly #buffer: Buffer;
  readonly #progress: (bytes: number) => void;

  /** Is told of the bytes of each read. */
  constructor(pages: PageChecker | undefined, progress: (bytes: number) => void) {
    this.#pages = pages;
    this.#buffer = pages?.memory ?? Buffer.alloc(BUFFER_BYTES);
    this.#progress = progress;
  }

  /** Reads a file to its end. Throws UnreadableFileError. */
  read(full: DiskPath, { path, algorithm }: ManifestFile, wanted: Wanted): FileContents {
    const fd = attempt(`could not open file "${path}"`, () => openSync(full, 'r'));
    try {
      return this.#readOpen(
        fd,
        path,
        createChecksum(wanted.checksum ? algorithm : 'NONE'),
        wanted.firstBlock,
      );
    } finally {
      closeSync(fd);
    }
  }

  #readOpen(fd: number, path: string, checksum: Checksum, firstBlock: number | undefined): FileContents {
    const pages = firstBlock === undefined ? undefined : emptyReport();
    let total = 0;
    for (;;) {
      const bytes = attempt(`could not read file "${path}"`, () => fill(fd, this.#buffer));
      checksum.update(this.#buffer.subarray(0, bytes));
      if (pages !== undefined) this.#checkPages(bytes, firstBlock ?? 0, total, pages);
      total += bytes;
      this.#progress(bytes);
      if (bytes < this.#buffer.length) return { bytes: total, checksum: checksum.digest(), pages };
    }
  }

  /** Bytes behind the last whole page are none: the server leaves them out, too. */
  #checkPages(bytes: number, firstBlock: number, before: number, report: PageReport): void {
    if (this.#pages === undefined) return;
    const { blockBytes } = this.#pages;
    this.#pages.checkMemory(bytes - (bytes % blockBytes), firstBlock + before / blockBytes, report);
  }
}

/** Reads until the buffer is full or the file ends, so that no page is cut. */
function fill(fd: number, buffer: Buffer): number {
  let bytes = 0;
  for (;;) {
    const got = readSync(fd, buffer, bytes, buffer.length - bytes, null);
    bytes += got;
    if (got === 0 || bytes === buffer.length) return bytes;
  }
}

function attempt<Result>(act: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new UnreadableFileError(`${act}: ${systemErrorText(error)}`);
  }
}
