/** What a verification has looked at, in numbers, and what it has not, with the reason. */

import type { WalRange } from '../../manifest/values.ts';
import { addReport, emptyReport, type PageReport } from '../../page/page-report.ts';
import { NEWER, type NewerVersionError } from '../../postgres/newer.ts';

/** Something that was left out. */
export interface NotChecked {
  readonly what: string;
  readonly why: string;
}

/** Counts as the checks go on. */
export class Statistics {
  /** Files that are both in the backup and in the manifest, and have the same size. */
  readonly files = { count: 0, bytes: 0 };
  /** Those whose checksum was computed. */
  readonly checksums = { count: 0, bytes: 0 };
  /** All relation files together. */
  readonly pages: PageReport = emptyReport();
  readonly wal = { ranges: 0, records: 0, bytes: 0 };
  /** Single things, such as "global/pg_control". */
  readonly parts: string[] = [];
  readonly notChecked: NotChecked[] = [];
  /** What a version wrote that is not known, in whole messages: there is no verdict on that. */
  readonly newer: string[] = [];

  addFile(bytes: number): void {
    this.files.count++;
    this.files.bytes += bytes;
  }

  addChecksum(bytes: number): void {
    this.checksums.count++;
    this.checksums.bytes += bytes;
  }

  addPages(report: PageReport): void {
    addReport(this.pages, report);
  }

  addWal({ start, end }: WalRange, records: number): void {
    this.wal.ranges++;
    this.wal.records += records;
    this.wal.bytes += Number(end - start);
  }

  addPart(what: string): void {
    this.parts.push(what);
  }

  skip(what: string, why: string): void {
    this.notChecked.push({ what, why });
  }

  /** The same for something of a number of files, if there are any. */
  skipFiles(what: string, count: number, why: string): void {
    if (count > 0) this.skip(`${what} of ${count} ${count === 1 ? 'file' : 'files'}`, why);
  }

  /** The same for what a newer version wrote. */
  skipNewer(what: string, { message }: NewerVersionError): void {
    if (this.newer.includes(message)) return;
    this.newer.push(message);
    this.skip(what, NEWER);
  }
}
