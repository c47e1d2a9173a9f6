/**
 * Checks a range of WAL from record to record, as replay would read it, without replaying it. Bytes come in with their
 * positions, in order; they may come before it is known where the range ends, so damage is only recorded, and counts at
 * the end if it is in the range: anything may follow after the range.
 *
 * A changed byte is not noticed where bytes have no meaning: in the padding after the header of a page and after a
 * record, in the flag XLP_BKP_REMOVABLE (up to PostgreSQL 18), between a switch record and the end of its segment, and
 * on the first page before the first record, where its header has the length of the record that continues there.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { NewerVersionError } from '../../postgres/newer.ts';
import { isNewerMagic, NEWEST_MAGIC } from '../../postgres/versions.ts';
import { segmentName } from '../../postgres/wal-segment.ts';
import type { WalExpectation } from './expectation.ts';
import { WalPageWalker } from './page-walker.ts';
import { WalRecordChecker } from './record-checker.ts';
import { NewerWal, WalDamage } from './wal-damage.ts';

/** The first damage in a range. */
export interface WalFailure {
  /** The segment file in which the damage was noticed. */
  readonly segment: string;
  /** In the words of the server, with the LSN. */
  readonly reason: string;
  /** A magic number that a version newer than all known ones may write. */
  readonly newerMagic?: number;
}

/** Checks one range, of one timeline. */
export class WalRangeChecker {
  readonly #expected: WalExpectation;
  readonly #records: WalRecordChecker;
  readonly #pages: WalPageWalker;
  #failure: WalFailure | undefined;

  constructor(expected: WalExpectation) {
    this.#expected = expected;
    this.#records = new WalRecordChecker(expected);
    this.#pages = new WalPageWalker(expected, (page, header, lsn) => this.#records.page(page, header, lsn));
  }

  /** The first byte that is wanted next. Bytes before it may be left out. */
  get position(): Lsn {
    return this.#pages.position;
  }

  /** Everything from the start to here is sound. */
  get verified(): Lsn {
    return this.#records.verified;
  }

  /** How many records were sound. */
  get records(): number {
    return this.#records.records;
  }

  /** What the WAL says of its cluster, as far as it has come. */
  get origin(): { readonly systemIdentifier: bigint | undefined; readonly versions: readonly number[] } {
    return this.#pages.headers;
  }

  /** The damage that ended the check, wherever it is. */
  get failure(): WalFailure | undefined {
    return this.#failure;
  }

  /** Takes the bytes that begin at this position, which may be overwritten afterwards. */
  push(lsn: Lsn, bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      this.#pages.push(lsn, bytes);
    } catch (error) {
      if (!(error instanceof WalDamage)) throw error;
      const newer = error instanceof NewerWal ? { newerMagic: error.magic } : {};
      this.#failure = { segment: this.#segmentAt(this.position), reason: error.message, ...newer };
    }
  }

  /** Whether a record before this position switches data checksums. */
  switchesChecksums(end: Lsn): boolean {
    const { checksumSwitch } = this.#records;
    return checksumSwitch !== undefined && checksumSwitch < end;
  }

  /**
   * Throws BackupError if anything up to the end is missing or damaged, or if a branch does not begin at `begin`.
   * Throws NewerVersionError for WAL of an unknown version, unless the backup is of a known one, `version`.
   */
  end(end: Lsn, begin = this.#expected.start, version = this.#expected.version): void {
    if (end < begin)
      throw this.#failed({ segment: this.#segmentAt(end), reason: 'the range ends before it begins' });
    if (this.verified < end) throw this.#failed(this.#failure ?? this.#missing(end), version);
    if (this.#expected.isBranch !== true) return;
    const { first = end } = this.#records;
    if (first > begin || !this.#pages.headers.isOwnFrom(begin))
      throw this.#failed({
        segment: this.#segmentAt(begin),
        reason: `the timeline does not begin at ${formatLsn(begin)}`,
      });
  }

  #failed({ segment, reason, newerMagic = 0 }: WalFailure, version?: number): Error {
    if (isNewerMagic(newerMagic, version))
      return new NewerVersionError(
        `WAL segment "${segment}"`,
        `magic number ${hex(newerMagic)}`,
        hex(NEWEST_MAGIC),
      );
    return new BackupError(`WAL parsing failed for timeline ${this.#expected.timeline}`, {
      detail: `In segment "${segment}": ${reason}.`,
    });
  }

  #missing(end: Lsn): WalFailure {
    const reason = `WAL is missing from ${formatLsn(this.position)} to ${formatLsn(end)}`;
    return { segment: this.#segmentAt(this.position), reason };
  }

  #segmentAt(lsn: Lsn): string {
    return segmentName(this.#expected.timeline, lsn, this.#expected.segmentBytes);
  }
}

function hex(magic: number): string {
  return magic.toString(16).toUpperCase();
}
