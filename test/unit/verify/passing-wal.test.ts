import { describe, expect, it } from 'vitest';
import type { BackupLabel } from '../../../lib/postgres/backup-label.ts';
import { parseControlFile } from '../../../lib/postgres/control-file.ts';
import { segmentName } from '../../../lib/postgres/wal-segment.ts';
import { Account } from '../../../lib/verify/account.ts';
import type { Facts } from '../../../lib/verify/facts.ts';
import { Findings } from '../../../lib/verify/findings.ts';
import { IgnoreList } from '../../../lib/verify/ignore-list.ts';
import { PassingWal } from '../../../lib/verify/passing-wal.ts';
import type { Verification } from '../../../lib/verify/verification.ts';
import { buildControlFile } from '../postgres/control-file.ts';
import { WalBuilder } from '../wal/build.ts';

const MIB = 1024 ** 2;
const wal = new WalBuilder(1).addAll([100, 200, 300]);
const start = { start: wal.lsns[0] ?? 0n, timeline: 1 };
const range = { ...start, end: wal.end };
const NO_FACTS: Facts = { control: undefined, label: undefined, tablespaces: undefined, version: undefined };

/** Feeds members, and tells what was found and not checked. */
class Trial {
  readonly complaints: string[] = [];
  readonly account = new Account();
  readonly passing: PassingWal;

  constructor(wishes: Partial<Verification> = {}) {
    const tell = ({ message, detail }: { message: string; detail?: string | undefined }) => {
      this.complaints.push(`${message}: ${detail}`);
    };
    this.passing = new PassingWal({
      findings: new Findings(tell, false),
      account: this.account,
      ignore: new IgnoreList([]),
      skipChecksums: false,
      pages: 'auto',
      parseWal: true,
      signal: new AbortController().signal,
      ...wishes,
    });
  }

  member(name: string, bytes: Buffer, known: BackupLabel | undefined = start): boolean {
    const sink = this.passing.open(`pg_wal/${name}`, bytes.length, known);
    sink?.push(bytes);
    sink?.end();
    return sink !== undefined;
  }
}

const name = segmentName(1, wal.start, MIB);

describe('PassingWal', () => {
  it('checks segments on the way, and the rest in the end', () => {
    const trial = new Trial();
    expect(trial.member(name, wal.bytes)).toBe(true);
    trial.passing.end([range], NO_FACTS);
    expect(trial.complaints).toEqual([]);
    expect(trial.account.wal).toEqual({ ranges: 1, records: 3, bytes: Number(wal.end - start.start) });
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
  ])('says that WAL is not checked: $what', ({ what, trial, ranges }) => {
    trial.passing.end(ranges, NO_FACTS);
    expect(trial.account.notChecked).toEqual([{ what: 'WAL', why: what }]);
  });

  it('says that WAL came too early', () => {
    const trial = new Trial();
    // With no known start.
    expect(trial.passing.open(`pg_wal/${name}`, MIB, undefined)).toBeUndefined();
    trial.passing.end([range], NO_FACTS);
    expect(trial.account.notChecked).toEqual([
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
  ])('finds WAL of another cluster: %o', (differing, detail) => {
    const control = { ...parseControlFile(buildControlFile(1300, 288)), walSegmentBytes: MIB, ...differing };
    const trial = new Trial();
    trial.member(name, wal.bytes);
    trial.passing.end([range], { ...NO_FACTS, control });
    expect(trial.complaints).toEqual([`WAL parsing failed for timeline 1: ${detail}`]);
  });

  it('finds WAL of another version', () => {
    const trial = new Trial();
    trial.member(name, wal.bytes);
    trial.passing.end([range], { ...NO_FACTS, version: 16 });
    expect(trial.complaints).toEqual([
      'WAL parsing failed for timeline 1: The WAL is of version 15, but the backup of 16.',
    ]);
  });

  it('bounds how many timelines it looks at', () => {
    const trial = new Trial();
    const looked = Array.from({ length: 40 }, (_, index) =>
      trial.member(segmentName(1 + index, wal.start, MIB), wal.bytes),
    );
    expect(looked.filter(Boolean)).toHaveLength(32);
    trial.passing.end([{ ...range, timeline: 40 }], NO_FACTS);
    expect(trial.complaints[0]).toContain('There is no WAL of this timeline in the backup.');
  });

  it('bounds what it keeps of histories', () => {
    const trial = new Trial();
    expect(trial.member('00000002.history', Buffer.alloc(3 * MIB))).toBe(true);
    expect(trial.member('00000003.history', Buffer.alloc(3 * MIB))).toBe(false);
  });
});
