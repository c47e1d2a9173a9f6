/** Names of WAL files, against those that servers give them. */

import { describe, expect, it } from 'vitest';
import { parseLsn } from '../../../lib/postgres/lsn.ts';
import {
  historyFileName,
  isSegmentSize,
  segmentName,
  segmentStart,
} from '../../../lib/postgres/wal-segment.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

describe('segmentName', () => {
  it.each([
    { lsn: '0/0', timeline: 1, bytes: 16 * MiB, name: '000000010000000000000000' },
    { lsn: '0/1000000', timeline: 1, bytes: 16 * MiB, name: '000000010000000000000001' },
    { lsn: '0/1FFFFFF', timeline: 1, bytes: 16 * MiB, name: '000000010000000000000001' },
    { lsn: '0/FFFFFFFF', timeline: 1, bytes: 16 * MiB, name: '0000000100000000000000FF' },
    { lsn: '1/0', timeline: 1, bytes: 16 * MiB, name: '000000010000000100000000' },
    { lsn: 'A/FF000028', timeline: 26, bytes: 16 * MiB, name: '0000001A0000000A000000FF' },
    { lsn: '0/FFFFFFFF', timeline: 1, bytes: MiB, name: '000000010000000000000FFF' },
    { lsn: '2/300000', timeline: 1, bytes: MiB, name: '000000010000000200000003' },
    { lsn: '0/FC000000', timeline: 1, bytes: 64 * MiB, name: '00000001000000000000003F' },
    { lsn: '0/C0000000', timeline: 2, bytes: GiB, name: '000000020000000000000003' },
    { lsn: '7/40000000', timeline: 2, bytes: GiB, name: '000000020000000700000001' },
    { lsn: 'FFFFFFFF/FFFFFFFF', timeline: 4294967295, bytes: 16 * MiB, name: 'FFFFFFFFFFFFFFFF000000FF' },
  ])('names $name at $lsn with segments of $bytes bytes', ({ lsn, timeline, bytes, name }) => {
    expect(segmentName(timeline, parseLsn(lsn) ?? 0n, bytes)).toBe(name);
  });

  it('gives every segment a name of its own, in order, whatever the size', () => {
    for (let bytes = MiB; bytes <= GiB; bytes *= 2) {
      const names = Array.from({ length: 5000 }, (_, number) =>
        segmentName(1, BigInt(number) * BigInt(bytes), bytes),
      );
      expect(new Set(names).size).toBe(names.length);
      expect(names.toSorted()).toEqual(names);
    }
  });
});

describe('segmentStart', () => {
  it('goes back to the first byte of the segment', () => {
    expect(segmentStart(0x2000028n, 16 * MiB)).toBe(0x2000000n);
    expect(segmentStart(0x2000000n, 16 * MiB)).toBe(0x2000000n);
    expect(segmentStart(0x2ffffffn, MiB)).toBe(0x2f00000n);
  });
});

describe('historyFileName', () => {
  it('is the timeline in eight digits', () => {
    expect(historyFileName(2)).toBe('00000002.history');
    expect(historyFileName(0xabcdef)).toBe('00ABCDEF.history');
  });
});

describe('isSegmentSize', () => {
  it.each([MiB, 2 * MiB, 16 * MiB, 64 * MiB, GiB])('takes %d', (bytes) => {
    expect(isSegmentSize(bytes)).toBe(true);
  });
  it.each([0, 1, -MiB, MiB / 2, 3 * MiB, 2 * GiB, MiB + 0.5, Number.NaN])('refuses %d', (bytes) => {
    expect(isSegmentSize(bytes)).toBe(false);
  });
});
