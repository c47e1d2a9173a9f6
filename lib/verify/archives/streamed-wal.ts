/**
 * Checks WAL that passes as members of an archive, in order, before it is known where the backup's WAL ends and where
 * timelines that are newer than that of its start branched off: of these, each segment is checked from its first record
 * on. Histories of timelines are kept, since they may come after the segments.
 */

import { BackupError } from '../../errors/backup-error.ts';
import type { WalRange } from '../../manifest/values.ts';
import type { BackupLabel } from '../../postgres/backup-label.ts';
import { WAL_DIRECTORY } from '../../postgres/data-directory.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { isSegmentSize, parseSegmentName, segmentName } from '../../postgres/wal-segment.ts';
import { WalRangeChecker } from '../../wal/check/range-checker.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { FoundWal, OpenWal } from '../records/found-backup.ts';
import { isHistory, MAX_HISTORY_BYTES } from '../records/wal-names.ts';
import type { Verification } from '../shared/verification.ts';
import type { MemberSink } from './archive-members.ts';

/** No backup goes on while more standbys are promoted, one upon the other. */
const MAX_TIMELINES = 32;
/** Far more than histories ever have, all together. */
const MAX_HISTORIES_BYTES = 4 * MAX_HISTORY_BYTES;

const TOO_LARGE = Buffer.alloc(MAX_HISTORY_BYTES + 1);

/** The segments of one timeline. */
interface Timeline {
  readonly checker: WalRangeChecker;
  readonly segmentBytes: number;
}

/** Takes members, and can be judged when all have passed. */
export class StreamedWal implements FoundWal {
  readonly #isWanted: boolean;
  readonly #timelines = new Map<number, Timeline>();
  readonly #histories = new Map<string, Buffer>();
  #historyBytes = 0;
  /** The sizes of segments, by their names. */
  readonly #segments = new Map<string, number>();
  #hasArchive = false;
  /** There was WAL before it was known where the backup starts. */
  #cameTooEarly = false;

  constructor({ parseWal }: Pick<Verification, 'parseWal'>) {
    this.#isWanted = parseWal;
  }

  /** In the words of pg_verifybackup: WAL is in an archive of its own, or in that of the data directory. */
  get hasArchive(): boolean {
    return this.#hasArchive;
  }

  /** An archive begins, of the WAL or of the data directory. */
  beginArchive(): void {
    this.#hasArchive = true;
  }

  /** A member of this path and size begins; undefined if its contents do not matter. */
  begin(path: string, size: number, start: BackupLabel | undefined): MemberSink | undefined {
    if (!this.#isWanted) return undefined;
    const name = path.slice(WAL_DIRECTORY.length + 1);
    if (isHistory(name)) return this.#keep(name, size);
    const segment = parseSegmentName(name, size);
    if (segment === undefined) return undefined;
    this.#segments.set(name, size);
    if (!isSegmentSize(size)) return undefined;
    if (start === undefined) {
      this.#cameTooEarly = true;
      return undefined;
    }
    return this.#check(segment.timeline, segment.start, size, start);
  }

  obstacle(): string | undefined {
    return this.#cameTooEarly ? 'it came before it was known where the backup starts' : undefined;
  }

  async open(_ranges: readonly WalRange[], files: ControlFiles): Promise<OpenWal> {
    const [timeline] = this.#timelines.values();
    return {
      segmentBytes: files.control?.walSegmentBytes ?? timeline?.segmentBytes,
      sizes: () => this.#segments,
      history: (name) => this.#histories.get(name),
      check: async (range) => this.#checkRange(range, files),
      close: async () => {},
    };
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

  #checkRange({ timeline: id, start, end }: WalRange, files: ControlFiles): WalRangeChecker {
    const timeline = this.#timelines.get(id);
    if (timeline === undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: 'There is no WAL of this timeline in the backup.',
        hint: 'If it is stored elsewhere, use --no-parse-wal.',
      });
    const { checker, segmentBytes } = timeline;
    if (checker.verified < end) this.#insistOnOrder(id, checker.position, segmentBytes);
    checker.end(end, start, files.version);
    const complaint = originComplaint(timeline, files);
    if (complaint !== undefined)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, { detail: complaint });
    return checker;
  }

  /** What is missing may have been there, but too early. */
  #insistOnOrder(id: number, position: Lsn, segmentBytes: number): void {
    const name = segmentName(id, position, segmentBytes);
    if (position % BigInt(segmentBytes) === 0n && this.#segments.get(name) === segmentBytes)
      throw new BackupError(`WAL parsing failed for timeline ${id}`, {
        detail: `Segment "${name}" is there, but out of order.`,
      });
  }
}

/** The WAL must be of the cluster that the control file is of. */
function originComplaint({ checker, segmentBytes }: Timeline, files: ControlFiles): string | undefined {
  const { systemIdentifier, versions } = checker.origin;
  const { control, version } = files;
  if (control !== undefined && segmentBytes !== control.walSegmentBytes)
    return `Segments have ${segmentBytes} bytes, but the control file says ${control.walSegmentBytes}.`;
  if (control !== undefined && (systemIdentifier ?? control.systemIdentifier) !== control.systemIdentifier)
    return `The system identifier of the WAL is ${systemIdentifier}, but control file has ${control.systemIdentifier}.`;
  return version === undefined || versions.includes(version)
    ? undefined
    : `The WAL is of version ${versions.join(' or ')}, but the backup of ${version}.`;
}
