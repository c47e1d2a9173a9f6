/**
 * Checks WAL that passes as members of an archive, in order, before it is known where the backup's WAL ends and where
 * timelines that are newer than that of its start branched off: of these, each segment is checked from its first record
 * on. Histories of timelines are kept, since they may come behind the segments.
 */

import { BackupError } from '../errors/backup-error.ts';
import type { WalRange } from '../manifest/values.ts';
import type { BackupLabel } from '../postgres/backup-label.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { NewerVersionError } from '../postgres/newer.ts';
import { isSegmentSize, parseSegmentName, segmentName } from '../postgres/wal-segment.ts';
import { WalRangeChecker } from '../wal/check/range-checker.ts';
import type { MemberSink } from './archive-check.ts';
import type { Facts } from './facts.ts';
import type { ChecksumSwitches } from './page-scope.ts';
import type { Verification } from './verification.ts';
import { checkWalHistory, MAX_HISTORY_BYTES } from './wal-history.ts';
import { isHistory, isNeeded, reportSize } from './wal-segments.ts';

const DIRECTORY = 'pg_wal/';
/** No backup goes on while so many standbys are promoted, one upon the other. */
const MAX_TIMELINES = 32;
/** Far more than histories ever have, all together. */
const MAX_HISTORIES_BYTES = 4 * MAX_HISTORY_BYTES;

const TOO_LARGE = Buffer.alloc(MAX_HISTORY_BYTES + 1);

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
  /** The sizes of segments, by their names. */
  readonly #segments = new Map<string, number>();
  /** There was WAL before it was known where the backup starts. */
  #missed = false;

  constructor(verification: Verification) {
    this.#verification = verification;
  }

  /** A member of this path and size begins; undefined if nobody looks at it. */
  open(path: string, size: number, start: BackupLabel | undefined): MemberSink | undefined {
    if (!this.#verification.parseWal) return undefined;
    const name = path.slice(DIRECTORY.length);
    if (isHistory(name)) return this.#keep(name, size);
    const segment = parseSegmentName(name, size);
    if (segment === undefined) return undefined;
    this.#segments.set(name, size);
    if (!isSegmentSize(size)) return undefined;
    if (start === undefined) {
      this.#missed = true;
      return undefined;
    }
    return this.#check(segment.timeline, segment.start, size, start);
  }

  #keep(name: string, size: number): MemberSink | undefined {
    this.#historyBytes += size;
    if (this.#historyBytes > MAX_HISTORIES_BYTES) {
      this.#histories.set(name, TOO_LARGE);
      return undefined;
    }
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

  /** All members have passed. Says whether data checksums were switched in the ranges. */
  end(ranges: readonly WalRange[], facts: Facts): ChecksumSwitches {
    const { account, findings } = this.#verification;
    const obstacle = this.#obstacle(ranges);
    if (obstacle !== undefined) {
      account.skip('WAL', obstacle);
      return 'not known';
    }
    this.#checkSizes(ranges, facts);
    checkWalHistory(ranges, (name) => this.#histories.get(name), this.#verification);
    let switches: ChecksumSwitches = 'none';
    for (const range of ranges) {
      try {
        const checker = this.#checkRange(range, facts);
        account.addWal(range, checker.records);
        if (checker.switchesChecksums(range.end)) switches = 'some';
      } catch (error) {
        if (error instanceof NewerVersionError) account.skipNewer('WAL', error);
        else if (error instanceof BackupError) findings.addError('wal', error);
        else throw error;
        if (switches === 'none') switches = 'not known';
      }
    }
    return switches;
  }

  #checkSizes(ranges: readonly WalRange[], { control }: Facts): void {
    const [timeline] = this.#timelines.values();
    const segmentBytes = control?.walSegmentBytes ?? timeline?.segmentBytes;
    if (segmentBytes === undefined) return;
    for (const [name, size] of this.#segments)
      if (size !== segmentBytes && isNeeded(name, ranges, segmentBytes))
        reportSize(name, size, segmentBytes, this.#verification);
  }

  #obstacle(ranges: readonly WalRange[]): string | undefined {
    if (!this.#verification.parseWal) return 'not wanted';
    if (ranges.length === 0) return 'the manifest names none';
    return this.#missed ? 'it came before it was known where the backup starts' : undefined;
  }

  #checkRange({ timeline: id, start, end }: WalRange, facts: Facts): WalRangeChecker {
    const timeline = this.#timelines.get(id);
    if (timeline === undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: 'There is no WAL of this timeline in the backup.',
        hint: 'If it is stored elsewhere, use --no-parse-wal.',
      });
    const { checker, segmentBytes } = timeline;
    if (checker.verified < end) this.#complainOfOrder(id, checker.position, segmentBytes);
    checker.end(end, start, facts.version);
    const complaint = complaintOfOrigin(timeline, facts);
    if (complaint !== undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, { detail: complaint });
    return checker;
  }

  /** What is missing may have been there, but too early. */
  #complainOfOrder(id: number, position: Lsn, segmentBytes: number): void {
    const name = segmentName(id, position, segmentBytes);
    if (position % BigInt(segmentBytes) === 0n && this.#segments.get(name) === segmentBytes)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: `Segment "${name}" is there, but out of order.`,
      });
  }
}

/** The WAL must be of the cluster that the control file is of. */
function complaintOfOrigin({ checker, segmentBytes }: Timeline, facts: Facts): string | undefined {
  const { systemIdentifier, versions } = checker.origin;
  const { control, version } = facts;
  if (control !== undefined && segmentBytes !== control.walSegmentBytes)
    return `Segments have ${segmentBytes} bytes, but the control file says ${control.walSegmentBytes}.`;
  if (control !== undefined && (systemIdentifier ?? control.systemIdentifier) !== control.systemIdentifier)
    return `The system identifier of the WAL is ${systemIdentifier}, but control file has ${control.systemIdentifier}.`;
  return version === undefined || versions.includes(version)
    ? undefined
    : `The WAL is of version ${versions.join(' or ')}, but the backup of ${version}.`;
}
