import { describe, expect, it } from 'vitest';
import { segmentName } from '../../../../lib/postgres/wal-segment.ts';
import { checkWalRange, type WalSource } from '../../../../lib/wal/check/check-range.ts';
import { every, lend } from '../../../support/rechunk.ts';
import { SWITCH, WalBuilder } from '../build.ts';

const wal = new WalBuilder(4).addAll([100, 900_000, 300, 1_000_000, 5, 6]).add(SWITCH).addAll([7]);
const [, , third = 0n] = wal.lsns;

/** The segments as files, and what was opened. */
function sourceOf(opened: string[], missing?: string): WalSource {
  return (name, offset) => {
    opened.push(`${name}+${offset}`);
    const index = [0, 1, 2, 3].find((segment) => nameOf(segment) === name);
    if (index === undefined || name === missing) return undefined;
    const start = index * wal.segmentBytes;
    return lend(wal.bytes.subarray(start + offset, start + wal.segmentBytes), every(5000));
  };
}

function nameOf(index: number): string {
  return segmentName(1, wal.start + BigInt(index * wal.segmentBytes), wal.segmentBytes);
}

const expected = { timeline: 1, start: wal.lsns[0] ?? 0n, segmentBytes: wal.segmentBytes };

describe('checkWalRange', () => {
  it('reads all segments of the range', async () => {
    const opened: string[] = [];
    expect((await checkWalRange(expected, wal.end, sourceOf(opened))).records).toBe(8);
    expect(opened).toEqual([0, 1, 2].map((index) => `${nameOf(index)}+0`));
  });

  it('reads no more of the first segment than it needs', async () => {
    const opened: string[] = [];
    const { records } = await checkWalRange({ ...expected, start: third }, wal.end, sourceOf(opened));
    expect(records).toBe(6);
    const page = Number((third - wal.start) / 8192n) * 8192;
    expect(opened.slice(0, 2)).toEqual([`${nameOf(0)}+0`, `${nameOf(0)}+${page}`]);
  });

  it('opens no segment behind the end', async () => {
    const opened: string[] = [];
    await checkWalRange(expected, third, sourceOf(opened));
    expect(opened).toEqual([`${nameOf(0)}+0`]);
  });

  it('names the segment that is missing', async () => {
    await expect(checkWalRange(expected, wal.end, sourceOf([], nameOf(1)))).rejects.toMatchObject({
      message: 'WAL parsing failed for timeline 1',
      detail: 'In segment "000000010000000100000FF1": WAL is missing from 1/FF100000 to 1/FF200048.',
    });
  });
});
