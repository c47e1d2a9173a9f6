import { describe, expect, it } from 'vitest';
import { checkHistory, parseHistory } from '../../../lib/postgres/timeline-history.ts';

describe('parseHistory', () => {
  it('reads the timelines before and where they ended', () => {
    const text = ['# a comment', '1\t0/3000158\tno recovery target specified', '', ' 2  A/F00000D8', ''].join(
      '\n',
    );
    expect(parseHistory(3, text)).toEqual([
      { timeline: 1, end: 0x3000158n },
      { timeline: 2, end: 0xa_f000_00d8n },
    ]);
  });

  it.each([
    ['Expected a timeline ID and a location, but found "x".', 'x\n'],
    ['Expected a timeline ID and a location, but found "1".', '1\n'],
    ['Expected a timeline ID and a location, but found "1\t0/".', '1\t0/\n'],
    ['Timeline IDs must be in increasing sequence.', '2\t0/1\n1\t0/2\n'],
    ['Timeline IDs must be in increasing sequence.', '0\t0/1\n'],
    ["Timeline IDs must be less than child timeline's ID.", '1\t0/1\n3\t0/2\n'],
  ])('complains: %s', (detail, text) => {
    expect(() => parseHistory(3, text)).toThrow(
      expect.objectContaining({ message: 'invalid data in history file of timeline 3', detail }),
    );
  });
});

describe('checkHistory', () => {
  const history = [
    { timeline: 1, end: 0x100n },
    { timeline: 3, end: 0x200n },
  ];
  const range = (timeline: number, start: bigint, end: bigint) => ({ timeline, start, end });

  it.each([
    [[range(4, 0x200n, 0x300n), range(3, 0x100n, 0x200n), range(1, 0x50n, 0x100n)]],
    [[range(4, 0x200n, 0x300n), range(3, 0x150n, 0x200n)]],
    [[range(4, 0x250n, 0x300n)]],
    [[range(4, 0x200n, 0x300n)]],
  ])('accepts ranges that begin and end with their timelines', (ranges) => {
    checkHistory(4, history, ranges);
  });

  it.each([
    ['ends too early', [range(4, 0x200n, 0x300n), range(3, 0x100n, 0x180n)]],
    ['begins too early', [range(4, 0x180n, 0x300n)]],
    ['begins too late', [range(4, 0x210n, 0x300n), range(3, 0x100n, 0x200n)]],
    ['begins before its timeline', [range(4, 0x200n, 0x300n), range(3, 0x50n, 0x200n)]],
    ['is of an unknown timeline', [range(4, 0x200n, 0x300n), range(2, 0x100n, 0x200n)]],
  ])('refuses a range that %s', (_name, ranges) => {
    expect(() => checkHistory(4, history, ranges)).toThrow(
      /^WAL range of timeline \d does not agree with the history of timeline 4$/,
    );
  });
});
