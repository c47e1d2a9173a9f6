import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import type { Lsn } from '../../../../lib/postgres/lsn.ts';
import { NewerVersionError } from '../../../../lib/postgres/newer.ts';
import type { WalExpectation } from '../../../../lib/wal/check/expectation.ts';
import { WalRangeChecker } from '../../../../lib/wal/check/range-checker.ts';
import { type Cut, every, lend, randomFrom, randomly, whole } from '../../../support/rechunk.ts';
import { SWITCH, silentBytes, WalBuilder } from '../build.ts';

const MIB = 1024 ** 2;
const CUTS: readonly { name: string; cut: Cut }[] = [
  { name: 'whole', cut: whole },
  { name: 'in chunks of 1023 bytes', cut: every(1023) },
  { name: 'in chunks of 8193 bytes', cut: every(8193) },
  ...[1, 2].map((seed) => ({ name: `in random chunks (seed ${seed})`, cut: randomly(seed, 20000) })),
];

/** Lengths of records, short and long, so that headers and bodies are cut by pages at many places. */
function lengths(count: number, longest = 900, seed = 7): number[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => random(longest));
}

function expectationOf(wal: WalBuilder, start = wal.lsns[0] ?? wal.start): WalExpectation {
  return { timeline: wal.timeline, start, segmentBytes: wal.segmentBytes };
}

/** Feeds all of the WAL. */
function feed(wal: WalBuilder, expected = expectationOf(wal), bytes = wal.bytes): WalRangeChecker {
  const checker = new WalRangeChecker(expected);
  checker.push(wal.start, bytes);
  return checker;
}

function complaint(checker: WalRangeChecker, end: Lsn): string | undefined {
  try {
    checker.end(end);
    return undefined;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    expect(error.message).toMatch(/^WAL parsing failed for timeline [0-9]+$/);
    return error.detail;
  }
}

describe('WalRangeChecker', () => {
  it.each(CUTS)('accepts sound WAL that comes $name', async ({ cut }) => {
    const wal = new WalBuilder(1).addAll(lengths(500));
    const checker = new WalRangeChecker(expectationOf(wal));
    let at = wal.start;
    for await (const chunk of lend(wal.bytes, cut)) {
      checker.push(at, chunk);
      at += BigInt(chunk.length);
    }
    expect(complaint(checker, wal.end)).toBeUndefined();
    expect([checker.records, checker.verified]).toEqual([500, wal.end]);
  });

  it.each(
    [MIB, 4 * MIB, 16 * MIB].flatMap((segmentBytes) =>
      [1024, 8192, 65536].map((blockBytes) => ({ segmentBytes, blockBytes })),
    ),
  )('goes from segment to segment: $segmentBytes bytes, pages of $blockBytes', (sizes) => {
    const wal = new WalBuilder(3, { ...sizes, start: 0x1_0000_0000n - BigInt(sizes.segmentBytes) });
    const count = Math.floor((2.2 * sizes.segmentBytes) / 50_000);
    wal.addAll(lengths(count, 100_000));
    const checker = feed(wal);
    expect(complaint(checker, wal.end)).toBeUndefined();
    expect(checker.records).toBe(count);
  });

  it('takes records over many pages and segments', () => {
    const wal = new WalBuilder(5).addAll([10, 3 * MIB, 0, 8192, 8168, 8128]);
    expect(complaint(feed(wal), wal.end)).toBeUndefined();
  });

  it('takes records that end with their page, and headers cut at any place', () => {
    for (let length = 8000; length < 8200; length++) {
      const wal = new WalBuilder(1).addAll([length, 1, 2]);
      expect(complaint(feed(wal), wal.end), `${length} bytes`).toBeUndefined();
    }
  });

  it('begins at any record, or at a page that begins with one', () => {
    const wal = new WalBuilder(1).addAll([8192 - 40 - 24, ...lengths(50)]);
    expect(wal.lsns[1]).toBe(wal.start + 8192n + 24n);
    wal.lsns.forEach((start, index) => {
      const checker = feed(wal, expectationOf(wal, start));
      expect(complaint(checker, wal.end)).toBeUndefined();
      expect(checker.records).toBe(wal.lsns.length - index);
    });
    expect(complaint(feed(wal, expectationOf(wal, wal.start + 8192n)), wal.end)).toBeUndefined();
  });

  it('wants of the first segment only its first page and those of the range', () => {
    const wal = new WalBuilder(1).addAll(lengths(300));
    const start = wal.lsns.at(-1) ?? 0n;
    const checker = new WalRangeChecker(expectationOf(wal, start));
    expect(checker.position).toBe(wal.start);
    checker.push(wal.start, wal.bytes.subarray(0, 9000));
    expect(checker.position).toBe(start - (start % 8192n));
    checker.push(checker.position, wal.bytes.subarray(Number(checker.position - wal.start)));
    expect(complaint(checker, wal.end)).toBeUndefined();
  });

  it('skips what is behind a switch', () => {
    const wal = new WalBuilder(2).addAll(lengths(20)).add(SWITCH).addAll(lengths(20));
    const { bytes } = wal;
    bytes.fill('old records', Number((wal.lsns[20] ?? 0n) - wal.start) + 24, wal.segmentBytes);
    const checker = feed(wal);
    expect(complaint(checker, wal.end)).toBeUndefined();
    expect(checker.records).toBe(41);
  });

  it('lets a range end with a switch', () => {
    const wal = new WalBuilder(1).addAll([100]).add(SWITCH);
    expect(wal.end).toBe(wal.start + BigInt(MIB));
    expect(complaint(feed(wal), wal.end)).toBeUndefined();
  });

  const givenUp = (magic: number, flag: number) => {
    const wal = new WalBuilder(1, { magic }).addAll([100, 200]);
    return wal
      .add({ body: Buffer.alloc(50_000, 1) }, 20_000)
      .overwrite(flag)
      .addAll([300]);
  };

  it.each([
    { version: 13, magic: 0xd106, flag: 0x8 },
    { version: 14, magic: 0xd10d, flag: 0x8 },
    { version: 15, magic: 0xd110, flag: 0x8 },
    { version: 16, magic: 0xd113, flag: 0x8 },
    { version: 17, magic: 0xd116, flag: 0x8 },
    { version: 18, magic: 0xd118, flag: 0x8 },
    { version: 19, magic: 0xd122, flag: 0x4 },
    { version: 20, magic: 0xd121, flag: 0x4 },
  ])('accepts a record that was given up in a crash of version $version', ({ version, magic, flag }) => {
    const wal = givenUp(magic, flag);
    const checker = feed(wal, { ...expectationOf(wal), version });
    expect(complaint(checker, wal.end)).toBeUndefined();
    expect(checker.records).toBe(4);
  });

  it.each([
    { magic: 0xd118, flag: 0x4, reason: 'there is no contrecord flag' },
    { magic: 0xd122, flag: 0x8, reason: 'invalid info bits 0008' },
  ])('takes the flag $flag for another where the magic number is $magic', ({ magic, flag, reason }) => {
    const wal = givenUp(magic, flag);
    expect(complaint(feed(wal), wal.end)).toContain(reason);
  });

  it('lets archivers of version 18 have their flag', () => {
    const wal = new WalBuilder(1, { magic: 0xd118 }).addAll(lengths(60));
    for (let page = 0; page < 4; page++) wal.bytes[page * 8192 + 2] = (wal.bytes[page * 8192 + 2] ?? 0) | 0x4;
    expect(complaint(feed(wal), wal.end)).toBeUndefined();
  });

  it('notices that data checksums are switched, if it is before the end', () => {
    const wal = new WalBuilder(1, { magic: 0xd121 }).addAll([100]);
    wal.add({ manager: 22, body: Buffer.of(3, 0, 0, 0) }).addAll([200]);
    const checker = feed(wal);
    expect(complaint(checker, wal.end)).toBeUndefined();
    expect(checker.switchesChecksums(wal.end)).toBe(true);
    expect(checker.switchesChecksums(wal.lsns[1] ?? 0n)).toBe(false);
    const other = new WalBuilder(1, { magic: 0xd122 }).add({ manager: 22, body: Buffer.alloc(4) });
    expect(complaint(feed(other), other.end)).toContain('invalid resource manager ID 22');
  });

  describe('in WAL of a newer version', () => {
    const wal = new WalBuilder(1, { magic: 0xd130 }).addAll([100]);
    const message =
      'WAL segment "000000010000000100000FF0" was written by a newer PostgreSQL than this bb knows: magic number D130, the newest known is D122';

    it('finds no damage', () => {
      const checker = feed(wal);
      expect(() => checker.end(wal.end)).toThrow(NewerVersionError);
      expect(() => checker.end(wal.end)).toThrow(message);
      expect(() => feed(wal, { ...expectationOf(wal), version: 19 }).end(wal.end)).toThrow(message);
    });

    it('finds damage if the backup is of an older version', () => {
      const reason = 'invalid magic number D130 at 1/FF000000';
      expect(complaint(feed(wal, { ...expectationOf(wal), version: 18 }), wal.end)).toContain(reason);
      const checker = feed(wal);
      expect(() => checker.end(wal.end, undefined, 18)).toThrow(BackupError);
    });
  });

  it('accepts a timeline that branches off inside a page', () => {
    const wal = new WalBuilder(1).addAll([100, 200]);
    wal.timeline = 2;
    wal.addAll(lengths(60));
    const start = wal.lsns[2] ?? 0n;
    expect(complaint(feed(wal, expectationOf(wal, start)), wal.end)).toBeUndefined();
    const old = feed(wal, { ...expectationOf(wal), timeline: 1 });
    expect(complaint(old, start)).toBeUndefined();
    expect(complaint(old, wal.end)).toContain('unexpected timeline ID 2');
  });

  describe.each([
    { name: 'with a whole record', before: [100, 200] },
    { name: 'within a record', before: [100, MIB, 200] },
  ])('in a segment that begins $name', ({ before }) => {
    const wal = new WalBuilder(3).addAll(before);
    wal.timeline = 2;
    wal.addAll(lengths(60));
    const branch = wal.lsns[before.length] ?? 0n;
    const start = branch - (branch % BigInt(MIB));
    const expected = { timeline: 2, start, isBranch: true, segmentBytes: MIB };
    const complaintAt = (begin: Lsn, bytes = wal.bytes): string | undefined => {
      const checker = feed(wal, expected, bytes);
      try {
        checker.end(wal.end, begin);
        return undefined;
      } catch (error) {
        return (error as BackupError).detail;
      }
    };

    it('accepts a timeline that branches off, not knowing where', () => {
      expect(complaintAt(branch)).toBeUndefined();
    });

    it('accepts a timeline of which no page is begun', () => {
      const checker = feed(wal, expected);
      const end = wal.lsns[before.length + 1] ?? 0n;
      expect(end % 8192n).toBeGreaterThan(branch % 8192n);
      checker.end(end, branch);
    });

    it('finds damage before the branch, too', () => {
      const bytes = Buffer.from(wal.bytes);
      const at = Number((wal.lsns[before.length - 1] ?? 0n) - wal.start) + 40;
      bytes[at] = 99;
      expect(complaintAt(branch, bytes)).toContain('incorrect resource manager data checksum');
    });

    it('finds that it does not branch off where it should', () => {
      expect(complaintAt(start)).toContain('the timeline does not begin at');
      expect(complaintAt(wal.end + 8n)).toContain('the range ends before it begins');
    });

    it('finds pages that go back to the timeline before', () => {
      const bytes = Buffer.from(wal.bytes);
      const page = Number((branch - wal.start) / 8192n) * 8192 + 2 * 8192;
      bytes.writeUInt32LE(1, page + 4);
      expect(complaintAt(branch, bytes)).toContain('unexpected timeline ID 1 (should be 2)');
    });
  });

  it('does not mind what is behind the end', () => {
    const wal = new WalBuilder(1).addAll(lengths(20));
    const { end } = wal;
    wal.addAll(lengths(20));
    wal.bytes.fill('x', Number(end - wal.start));
    const checker = feed(wal);
    expect(complaint(checker, end)).toBeUndefined();
    expect(checker.failure?.reason).toMatch(/^invalid record length/);
    expect(complaint(checker, wal.end)).toMatch(/^In segment ".*": invalid record length/);
  });

  it('says what is missing', () => {
    const wal = new WalBuilder(1).addAll(lengths(200));
    const checker = new WalRangeChecker(expectationOf(wal));
    checker.push(wal.start, wal.bytes.subarray(0, 20_000));
    expect(complaint(checker, 0x1_ff01_0000n)).toBe(
      'In segment "000000010000000100000FF0": WAL is missing from 1/FF004E20 to 1/FF010000.',
    );
    checker.push(wal.start + 30_000n, wal.bytes.subarray(30_000));
    expect(checker.failure?.reason).toBe('WAL is missing from 1/FF004E20 on');
  });
});

describe('WalRangeChecker on damaged WAL', () => {
  const wal = new WalBuilder(2).addAll([...lengths(3000), 20_000, 5]);
  const offset = (index: number) => Number((wal.lsns[index] ?? 0n) - wal.start);
  const text = (index: number, plus = 0n) =>
    `${((wal.lsns[index] ?? 0n) + plus).toString(16).replace(/^1/, '1/').toUpperCase()}`;
  const last = wal.lsns.length - 1;
  const inLong = Math.ceil(offset(last - 1) / 8192) * 8192;

  it.each<{ name: string; edit: (bytes: Buffer) => void; reason: string }>([
    {
      name: 'another magic number',
      edit: (bytes) => bytes.writeUInt16LE(0xd10d, 8192),
      reason: 'invalid magic number D10D at 1/FF002000',
    },
    {
      name: 'an unknown magic number',
      edit: (bytes) => bytes.writeUInt16LE(0xffff, 0),
      reason: 'invalid magic number FFFF at 1/FF000000',
    },
    {
      name: 'unknown flags',
      edit: (bytes) => bytes.writeUInt16LE(0x11, 8192 + 2),
      reason: 'invalid info bits 0011 at 1/FF002000',
    },
    {
      name: 'a short header at the beginning of a segment',
      edit: (bytes) => bytes.writeUInt16LE(0x1, MIB + 2),
      reason: 'invalid info bits 0001 at 1/FF100000',
    },
    {
      name: 'a long header elsewhere',
      edit: (bytes) => bytes.writeUInt16LE(0x3, 8192 + 2),
      reason: 'invalid info bits 0003 at 1/FF002000',
    },
    {
      name: 'a page of another place',
      edit: (bytes) => bytes.writeBigUInt64LE(0x1_0000_2000n, 8192 + 8),
      reason: 'unexpected pageaddr 1/2000 at 1/FF002000',
    },
    {
      name: 'a page of another timeline',
      edit: (bytes) => bytes.writeUInt32LE(2, 8192 + 4),
      reason: 'unexpected timeline ID 2 (should be 1) at 1/FF002000',
    },
    {
      name: 'a first page of no timeline',
      edit: (bytes) => bytes.writeUInt32LE(0, 4),
      reason: 'unexpected timeline ID 0 (should be 1) at 1/FF000000',
    },
    {
      name: 'another segment size',
      edit: (bytes) => bytes.writeUInt32LE(2 * MIB, MIB + 32),
      reason: 'WAL file is from different database system: incorrect segment size in page header',
    },
    {
      name: 'another block size',
      edit: (bytes) => bytes.writeUInt32LE(4096, MIB + 36),
      reason: 'WAL file is from different database system: incorrect XLOG_BLCKSZ in page header',
    },
    {
      name: 'an impossible block size',
      edit: (bytes) => bytes.writeUInt32LE(8191, 36),
      reason: 'WAL file is from different database system: incorrect XLOG_BLCKSZ in page header',
    },
    {
      name: 'no flag where a record goes on',
      edit: (bytes) => bytes.writeUInt16LE(0, inLong + 2),
      reason: `there is no contrecord flag at 1/${(0xff000000 + inLong).toString(16).toUpperCase()}`,
    },
    {
      name: 'a wrong length where a record goes on',
      edit: (bytes) => bytes.writeUInt32LE(7, inLong + 16),
      reason: 'invalid contrecord length 7 (expected',
    },
    {
      name: 'zeros in place of a record',
      edit: (bytes) => bytes.fill(0, offset(3), offset(4)),
      reason: `invalid record length at ${text(3)}: expected at least 24, got 0`,
    },
    {
      name: 'a record that is too long',
      edit: (bytes) => bytes.writeUInt32LE(2 ** 30 + 1, offset(3)),
      reason: `invalid record length at ${text(3)}: expected at most 1073741824, got 1073741825`,
    },
    {
      name: 'a record of an unknown manager',
      edit: (bytes) => bytes.writeUInt8(22, offset(3) + 17),
      reason: `invalid resource manager ID 22 at ${text(3)}`,
    },
    {
      name: 'a wrong link',
      edit: (bytes) => bytes.writeBigUInt64LE(0x1_0000_0028n, offset(3) + 8),
      reason: `record with incorrect prev-link 1/28 at ${text(3)}`,
    },
    {
      name: 'a first record that is linked to itself',
      edit: (bytes) => bytes.writeBigUInt64LE(wal.lsns[0] ?? 0n, offset(0) + 8),
      reason: `record with incorrect prev-link ${text(0)} at ${text(0)}`,
    },
    {
      name: 'another byte in a record',
      edit: (bytes) => bytes.writeUInt8(99, offset(3) + 24),
      reason: `incorrect resource manager data checksum in record at ${text(3)}`,
    },
    {
      name: 'another byte in a record over several pages',
      edit: (bytes) => bytes.writeUInt8(99, inLong + 100),
      reason: `incorrect resource manager data checksum in record at ${text(last - 1)}`,
    },
  ])('finds $name', ({ edit, reason }) => {
    const bytes = Buffer.from(wal.bytes);
    edit(bytes);
    const detail = complaint(feed(wal, undefined, bytes), wal.end) ?? '';
    expect(detail.replace(/^In segment "[0-9A-F]{24}": /, '')).toContain(reason);
  });

  const aligned = new WalBuilder(1).addAll([8192 - 40 - 24, 100]);
  it.each<{ name: string; edit: (bytes: Buffer) => void; reason: string }>([
    {
      name: 'the rest of a record where none is missing',
      edit: (bytes) => bytes.writeUInt16LE(0x1, 8192 + 2),
      reason: 'contrecord is requested by 1/FF002018',
    },
    {
      name: 'a given-up record where there is none',
      edit: (bytes) => bytes.writeUInt16LE(0x8, 8192 + 2),
      reason: 'unexpected overwrite-contrecord flag at 1/FF002000',
    },
    {
      name: 'a length where no record goes on',
      edit: (bytes) => bytes.writeUInt32LE(8, 8192 + 16),
      reason: 'unexpected contrecord length 8 at 1/FF002000',
    },
  ])('finds $name', ({ edit, reason }) => {
    const bytes = Buffer.from(aligned.bytes);
    edit(bytes);
    expect(complaint(feed(aligned, undefined, bytes), aligned.end)).toContain(reason);
  });

  it.each([
    {
      name: 'a start inside a header',
      expected: { start: wal.start + 16n },
      reason: 'invalid record offset',
    },
    { name: 'another cluster', expected: { systemIdentifier: 1n }, reason: 'not 1.' },
    { name: 'another version', expected: { version: 16 }, reason: 'invalid magic number D110' },
    { name: 'another segment size', expected: { segmentBytes: 2 * MIB }, reason: 'incorrect segment size' },
    { name: 'another timeline', expected: { timeline: 2 }, reason: 'unexpected timeline ID 1 (should be 2)' },
  ])('finds $name', ({ expected, reason }) => {
    const detail = complaint(feed(wal, { ...expectationOf(wal), ...expected }), wal.end);
    expect(detail).toContain(reason);
  });

  it('accepts what is expected', () => {
    const { systemIdentifier } = wal;
    expect(complaint(feed(wal, { ...expectationOf(wal), systemIdentifier, version: 15 }), wal.end)).toBe(
      undefined,
    );
  });

  it('finds every changed byte but those that say nothing', () => {
    const small = new WalBuilder(1, { blockBytes: 1024 }).addAll(lengths(60, 300));
    const end = Number(small.end - small.start);
    const expected = { ...expectationOf(small), systemIdentifier: small.systemIdentifier, version: 15 };
    const escaped: number[] = [];
    for (let place = 0; place < end; place++) {
      small.bytes[place] = (small.bytes[place] ?? 0) ^ 0x10;
      if (complaint(feed(small, expected, small.bytes.subarray(0, end + 1024)), small.end) === undefined)
        escaped.push(place);
      small.bytes[place] = (small.bytes[place] ?? 0) ^ 0x10;
    }
    expect(escaped).toEqual(silentBytes(small, end));
  });
});
