/**
 * Checks WAL that passes as members of an archive, in order, before it is known where the backup's WAL ends and where
 * timelines that are newer than that of its start branched off: of these, each segment is checked from its first record
 * on. Histories of timelines are kept, since they may come behind the segments.
 */

import type { BackupLabel } from '../backup/backup-label.ts';
import { BackupError } from '../backup/error.ts';
import type { Lsn } from '../backup/lsn.ts';
import type { WalRange } from '../manifest/contents.ts';
import { WalRangeChecker } from '../wal/range-checker.ts';
import { isSegmentSize, segmentName } from '../wal/segment.ts';
import type { MemberSink } from './archive-check.ts';
import type { Facts } from './facts.ts';
import type { Verification } from './verification.ts';
import { checkWalHistory } from './wal-history.ts';

const SEGMENT = /^pg_wal\/([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;
const HISTORY = /^pg_wal\/([0-9A-F]{8}\.history)$/;
const BYTES_PER_UPPER = 2n ** 32n;
/** No backup goes on while so many standbys are promoted, one upon the other. */
const MAX_TIMELINES = 32;
/** Far more than histories ever have, all together. */
const MAX_HISTORY_BYTES = 4 * 1024 * 1024;

/** The segments of one timeline. */
interface Timeline {
  readonly checker: WalRangeChecker;
  readonly segmentBytes: number;
}

/** Takes members and gives a verdict at the end. */
export class PassingWal {
  readonly #verification: Verification;
  readonly #timelines = new Map<number, Timeline>();
  readonly #histories = new Map<string, Buffer>();
  #historyBytes = 0;
  readonly #segments = new Set<string>();
  /** There was WAL before it was known where the backup starts. */
  #missed = false;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  /** A member of this path and size begins; undefined if nobody looks at it. */
  open(path: string, size: number, start: BackupLabel | undefined): MemberSink | undefined {
    if (!this.#verification.parseWal) return undefined;
    const [, history] = HISTORY.exec(path) ?? [];
    if (history !== undefined) return this.#keep(history, size);
    const [, timeline = '', upper = '', lower = ''] = SEGMENT.exec(path) ?? [];
    if (timeline === '' || !isSegmentSize(size)) return undefined;
    if (start === undefined) {
      this.#missed = true;
      return undefined;
    }
    this.#segments.add(timeline + upper + lower);
    const at = BigInt(`0x${upper}`) * BYTES_PER_UPPER + BigInt(`0x${lower}`) * BigInt(size);
    return this.#check(Number.parseInt(timeline, 16), at, size, start);
  }

  #keep(name: string, size: number): MemberSink | undefined {
    this.#historyBytes += size;
    if (this.#historyBytes > MAX_HISTORY_BYTES) return undefined;
    const pieces: Buffer[] = [];
    return {
      push: (piece) => pieces.push(Buffer.from(piece)),
      end: () => this.#histories.set(name, Buffer.concat(pieces)),
    };
  }

  #check(id: number, segmentStart: Lsn, segmentBytes: number, start: BackupLabel): MemberSink | undefined {
    if (id < start.timeline || (!this.#timelines.has(id) && this.#timelines.size >= MAX_TIMELINES))
      return undefined;
    const isBranch = id !== start.timeline;
    const from = isBranch ? segmentStart : start.start;
    const timeline = this.#timelines.get(id) ?? {
      segmentBytes,
      checker: new WalRangeChecker({ timeline: id, start: from, isBranch, segmentBytes }),
    };
    this.#timelines.set(id, timeline);
    if (timeline.segmentBytes !== segmentBytes) return undefined;
    let at = segmentStart;
    return {
      push: (piece) => {
        timeline.checker.push(at, piece);
        at += BigInt(piece.length);
      },
      end: () => {},
    };
  }

  /** All members have passed. */
  end(ranges: readonly WalRange[], facts: Facts): void {
    const { account, findings } = this.#verification;
    const obstacle = this.#obstacle(ranges);
    if (obstacle !== undefined) {
      account.skip('WAL', obstacle);
      return;
    }
    checkWalHistory(ranges, (name) => this.#histories.get(name), this.#verification);
    for (const range of ranges) {
      try {
        account.addWal(range, this.#checkRange(range, facts));
      } catch (error) {
        if (!(error instanceof BackupError)) throw error;
        findings.addError('wal', error);
      }
    }
  }

  #obstacle(ranges: readonly WalRange[]): string | undefined {
    if (!this.#verification.parseWal) return 'not wanted';
    if (ranges.length === 0) return 'the manifest names none';
    return this.#missed ? 'it came before it was known where the backup starts' : undefined;
  }

  /** Gives the number of records. */
  #checkRange({ timeline: id, start, end }: WalRange, facts: Facts): number {
    const timeline = this.#timelines.get(id);
    if (timeline === undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: 'There is no WAL of this timeline in the backup.',
        hint: 'If it is stored elsewhere, use --no-parse-wal.',
      });
    const { checker, segmentBytes } = timeline;
    if (checker.verified < end) this.#complainOfOrder(id, checker.position, segmentBytes);
    checker.end(end, start);
    const complaint = complaintOfOrigin(timeline, facts);
    if (complaint !== undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, { detail: complaint });
    return checker.records;
  }

  /** What is missing may have been there, but too early. */
  #complainOfOrder(id: number, position: Lsn, segmentBytes: number): void {
    const name = segmentName(id, position, segmentBytes);
    if (position % BigInt(segmentBytes) === 0n && this.#segments.has(name))
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: `Segment "${name}" is there, but out of order.`,
      });
  }
}

/** The WAL must be of the cluster that the control file is of. */
function complaintOfOrigin({ checker, segmentBytes }: Timeline, facts: Facts): string | undefined {
  const { systemIdentifier, version } = checker.origin;
  const { control, version: expected = version } = facts;
  if (control !== undefined && segmentBytes !== control.walSegmentBytes)
    return `Segments have ${segmentBytes} bytes, but the control file says ${control.walSegmentBytes}.`;
  if (control !== undefined && (systemIdentifier ?? control.systemIdentifier) !== control.systemIdentifier)
    return `The system identifier of the WAL is ${systemIdentifier}, but control file has ${control.systemIdentifier}.`;
  return version === expected
    ? undefined
    : `The WAL is of version ${version}, but the backup of ${expected}.`;
}
