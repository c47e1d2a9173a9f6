/**
 * Checks WAL that passes as members of an archive, in order, before it is known where the backup's WAL ends. Only the
 * timeline on which the backup starts is looked at.
 */

import type { BackupLabel } from '../backup/backup-label.ts';
import { BackupError } from '../backup/error.ts';
import type { Lsn } from '../backup/lsn.ts';
import type { WalRange } from '../manifest/contents.ts';
import { WalRangeChecker } from '../wal/range-checker.ts';
import { isSegmentSize } from '../wal/segment.ts';
import type { Verification } from './verification.ts';

const SEGMENT = /^pg_wal\/([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;
const BYTES_PER_UPPER = 2n ** 32n;

/** Takes members and gives a verdict at the end. */
export class PassingWal {
  #checker: WalRangeChecker | undefined;
  /** Where the next piece of the current segment belongs; undefined if it is none that is looked at. */
  #at: Lsn | undefined;

  /** A member of this path and size begins. */
  begin(path: string, size: number, start: BackupLabel | undefined): void {
    this.#at = undefined;
    const [, timeline = '', upper = '', lower = ''] = SEGMENT.exec(path) ?? [];
    if (start === undefined || Number.parseInt(timeline, 16) !== start.timeline || !isSegmentSize(size))
      return;
    this.#checker ??= new WalRangeChecker({ ...start, segmentBytes: size });
    this.#at = BigInt(`0x${upper}`) * BYTES_PER_UPPER + BigInt(`0x${lower}`) * BigInt(size);
  }

  push(piece: Buffer): void {
    if (this.#at === undefined) return;
    this.#checker?.push(this.#at, piece);
    this.#at += BigInt(piece.length);
  }

  /** All members have passed. */
  end(ranges: readonly WalRange[], start: BackupLabel | undefined, verification: Verification): void {
    const { account, findings, parseWal } = verification;
    if (!parseWal) {
      account.skip('WAL', 'not wanted');
      return;
    }
    if (ranges.length === 0) account.skip('WAL', 'the manifest names none');
    for (const range of ranges) {
      const { timeline } = range;
      if (start !== undefined && timeline !== start.timeline) {
        account.skip(`WAL of timeline ${timeline}`, 'the backup starts on another one');
        continue;
      }
      try {
        this.#checkRange(range);
        account.wal.ranges++;
        account.wal.records += this.#checker?.records ?? 0;
        account.wal.bytes += Number(range.end - range.start);
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        findings.addError('wal', error);
      }
    }
  }

  #checkRange({ timeline, end }: WalRange): void {
    if (this.#checker === undefined)
      throw new BackupError(`WAL parsing failed for timeline ${timeline}`, {
        detail: 'There is no WAL of this timeline in the backup.',
        hint: 'If it is stored elsewhere, use --no-parse-wal.',
      });
    this.#checker.end(end);
  }
}
