import { describe, expect, it } from 'vitest';
import type { WalRange } from '../../../../lib/manifest/values.ts';
import type { BackupLabel } from '../../../../lib/postgres/backup-label.ts';
import { parseControlFile } from '../../../../lib/postgres/control-file.ts';
import { segmentName } from '../../../../lib/postgres/wal-segment.ts';
import { StreamedWal } from '../../../../lib/verify/archives/streamed-wal.ts';
import { judgeWal } from '../../../../lib/verify/judge/required-wal.ts';
import type { ControlFiles } from '../../../../lib/verify/records/control-files.ts';
import type { Statistics } from '../../../../lib/verify/shared/statistics.ts';
import type { Verification } from '../../../../lib/verify/shared/verification.ts';
import { buildControlFile } from '../../postgres/control-file.ts';
import { WalBuilder } from '../../wal/build.ts';
import { judgement } from '../judgement.ts';

const MIB = 1024 ** 2;
const wal = new WalBuilder(1).addAll([100, 200, 300]);
const start = { start: wal.lsns[0] ?? 0n, timeline: 1 };
const range = { ...start, end: wal.end };
const NOTHING: ControlFiles = {
  control: undefined,
  label: undefined,
  tablespaces: undefined,
  version: undefined,
};

/** Feeds members, and tells what was found and not checked. */
class Trial {
  readonly complaints: readonly string[];
  readonly statistics: Statistics;
  readonly wal: StreamedWal;
  readonly #verification: Verification;

  constructor(wishes: Partial<Verification> = {}) {
    const { verification, complaints, statistics } = judgement(wishes);
    this.complaints = complaints;
    this.statistics = statistics;
    this.#verification = verification;
    this.wal = new StreamedWal(verification);
    this.wal.beginArchive();
  }

  member(name: string, bytes: Buffer, known: BackupLabel | undefined = start): boolean {
    const sink = this.wal.begin(`pg_wal/${name}`, bytes.length, known);
    sink?.push(bytes);
    sink?.end();
    return sink !== undefined;
  }

  async end(ranges: readonly WalRange[], files: ControlFiles): Promise<void> {
    await judgeWal(ranges, this.wal, files, this.#verification);
  }
}

const name = segmentName(1, wal.start, MIB);

describe('StreamedWal', () => {
  it('checks segments on the way, and the rest in the end', async () => {
    const trial = new Trial();
    expect(trial.member(name, wal.bytes)).toBe(true);
    await trial.end([range], NOTHING);
    expect(trial.complaints).toEqual([]);
    expect(trial.statistics.wal).toEqual({ ranges: 1, records: 3, bytes: Number(wal.end - start.start) });
  });

  it('looks at nothing that is no WAL, or not wanted', () => {
    const trial = new Trial();
    expect(trial.member(`archive_status/${name}.done`, Buffer.alloc(0))).toBe(false);
    expect(trial.member(`${name}.partial`, wal.bytes)).toBe(false);
    expect(trial.member(name, wal.bytes.subarray(1))).toBe(false);
    expect(trial.member(name, wal.bytes, { ...start, timeline: 2 })).toBe(false);
    expect(new Trial({ parseWal: false }).member(name, wal.bytes)).toBe(false);
  });

  it.each([
    { what: 'not wanted', trial: new Trial({ parseWal: false }), ranges: [range] },
    { what: 'the manifest names none', trial: new Trial(), ranges: [] },
  ])('says that WAL is not checked: $what', async ({ what, trial, ranges }) => {
    await trial.end(ranges, NOTHING);
    expect(trial.statistics.notChecked).toEqual([{ what: 'WAL', why: what }]);
  });

  it('says that WAL came too early', async () => {
    const trial = new Trial();
    // With no known start.
    expect(trial.wal.begin(`pg_wal/${name}`, MIB, undefined)).toBeUndefined();
    await trial.end([range], NOTHING);
    expect(trial.statistics.notChecked).toEqual([
      { what: 'WAL', why: 'it came before it was known where the backup starts' },
    ]);
  });

  it('ignores a segment of another size', () => {
    const trial = new Trial();
    trial.member(name, wal.bytes);
    expect(trial.member(segmentName(1, 0n, 2 * MIB), Buffer.alloc(2 * MIB))).toBe(false);
  });

  it.each([
    [
      { systemIdentifier: 5n },
      'The system identifier of the WAL is 7000000000000000001, but control file has 5.',
    ],
    [{ walSegmentBytes: 2 * MIB }, 'Segments have 1048576 bytes, but the control file says 2097152.'],
  ])('finds WAL of another cluster: %o', async (differing, detail) => {
    const control = { ...parseControlFile(buildControlFile(1300, 288)), walSegmentBytes: MIB, ...differing };
    const trial = new Trial();
    trial.member(name, wal.bytes);
    await trial.end([range], { ...NOTHING, control });
    expect(trial.complaints).toEqual([`WAL parsing failed for timeline 1: ${detail}`]);
  });

  it('finds WAL of another version', async () => {
    const trial = new Trial();
    trial.member(name, wal.bytes);
    await trial.end([range], { ...NOTHING, version: 16 });
    expect(trial.complaints).toEqual([
      'WAL parsing failed for timeline 1: The WAL is of version 15, but the backup of 16.',
    ]);
  });

  it('bounds how many timelines it looks at', async () => {
    const trial = new Trial();
    const looked = Array.from({ length: 40 }, (_, index) =>
      trial.member(segmentName(1 + index, wal.start, MIB), wal.bytes),
    );
    expect(looked.filter(Boolean)).toHaveLength(32);
    await trial.end([{ ...range, timeline: 40 }], NOTHING);
    expect(trial.complaints[0]).toContain('There is no WAL of this timeline in the backup.');
  });

  it('bounds what it keeps of histories', () => {
    const trial = new Trial();
    expect(trial.member('00000002.history', Buffer.alloc(3 * MIB))).toBe(true);
    expect(trial.member('00000003.history', Buffer.alloc(3 * MIB))).toBe(false);
  });
});
