/**
 * Reads parts of files of the backup into one buffer that is used again and again, in the memory of the page checker if
 * there is one, so that checksum and pages are computed from the same bytes where they lie. Reads are synchronous: most
 * files are small, and a detour through the thread pool costs more than reading them.
 */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BackupError } from '../../errors/backup-error.ts';
import { systemErrorText } from '../../errors/system-error.ts';
import { lazy } from '../../io/lazy.ts';
import { type ChecksumAlgorithm, createChecksum } from '../../manifest/checksum.ts';
import { IncrementalPages } from '../../page/incremental-pages.ts';
import type { PageChecker } from '../../page/page-checker.ts';
import { emptyReport, type PageReport } from '../../page/page-report.ts';
import type { PagedFile } from '../records/page-scope.ts';

const BUFFER_BYTES = 256 * 1024;

/** A file, or what of it is read in one go; all of it can be sent to another thread. */
export interface FilePart {
  readonly full: string | Buffer;
  /** As in the manifest. */
  readonly path: string;
  /** Whole pages, from the beginning of the file. */
  readonly offset: number;
  /** Whole pages; undefined for all up to the end of the file, wherever that is. */
  readonly bytes: number | undefined;
  /** NONE if no checksum is wanted. */
  readonly algorithm: ChecksumAlgorithm;
  /** Those that are to be checked. The first block is that of the part. */
  readonly pages: PagedFile | undefined;
}

/** What was found out. */
export interface PartContents {
  readonly bytes: number;
  readonly checksum: string;
  readonly pages: PageReport | undefined;
  /** Why the file could not be read. */
  readonly trouble?: string;
}

/** Reads one part after the other. */
export class FileReader {
  readonly #pages: PageChecker | undefined;
  readonly #buffer: Buffer;
  /** For files whose pages do not lie where they can be checked. */
  readonly #ownBuffer = lazy(() => Buffer.alloc(BUFFER_BYTES));

  constructor(pages: PageChecker | undefined) {
    this.#pages = pages;
    this.#buffer = pages?.memory ?? this.#ownBuffer();
  }

  read(part: FilePart): PartContents {
    let act = 'open';
    try {
      const fd = openSync(part.full, 'r');
      act = 'read';
      try {
        return part.pages?.incremental === true && this.#pages !== undefined
          ? this.#readIncremental(fd, part, part.pages, this.#pages)
          : this.#readOpen(fd, part);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      const trouble = `could not ${act} file "${part.path}": ${systemErrorText(error)}`;
      return { bytes: 0, checksum: '', pages: undefined, trouble };
    }
  }

  #readOpen(
    fd: number,
    { offset, bytes: limit = Infinity, algorithm, pages: paged }: FilePart,
  ): PartContents {
    const checksum = createChecksum(algorithm);
    const pages = paged === undefined ? undefined : emptyReport();
    let total = 0;
    for (;;) {
      const wanted = Math.min(limit - total, this.#buffer.length);
      const bytes = fill(fd, this.#buffer.subarray(0, wanted), offset + total);
      checksum.update(this.#buffer.subarray(0, bytes));
      if (pages !== undefined) this.#checkPages(bytes, paged?.firstBlock ?? 0, total, pages);
      total += bytes;
      if (bytes < wanted || total === limit) return { bytes: total, checksum: checksum.digest(), pages };
    }
  }

  /** All of the file, since its parts say nothing by themselves. */
  #readIncremental(
    fd: number,
    { path, algorithm }: FilePart,
    { firstBlock }: PagedFile,
    checker: PageChecker,
  ): PartContents {
    const checksum = createChecksum(algorithm);
    const subject = `file "${path}"`;
    const pages = new IncrementalPages({ subject, size: fstatSync(fd).size }, (blockBytes) => {
      if (blockBytes === checker.blockBytes) return { checker, firstBlock };
      throw new BackupError(
        `${subject} has pages of ${blockBytes} bytes, but those of the cluster have ${checker.blockBytes}`,
      );
    });
    const buffer = this.#ownBuffer();
    let total = 0;
    for (;;) {
      const piece = buffer.subarray(0, fill(fd, buffer, total));
      checksum.update(piece);
      pages.push(piece);
      total += piece.length;
      if (piece.length < buffer.length)
        return { bytes: total, checksum: checksum.digest(), pages: pages.end() };
    }
  }

  /** Bytes after the last whole page are none: the server leaves them out, too. */
  #checkPages(bytes: number, firstBlock: number, before: number, report: PageReport): void {
    if (this.#pages === undefined) return;
    const { blockBytes } = this.#pages;
    this.#pages.checkMemory(bytes - (bytes % blockBytes), firstBlock + before / blockBytes, report);
  }
}

/** Reads until the buffer is full or the file ends, so that no page is cut. */
function fill(fd: number, buffer: Buffer, position: number): number {
  let bytes = 0;
  for (;;) {
    const got = readSync(fd, buffer, bytes, buffer.length - bytes, position + bytes);
    bytes += got;
    if (got === 0 || bytes === buffer.length) return bytes;
  }
}
