import { describe, expect, it } from 'vitest';
import { parseHistory } from '../../../lib/wal/history.ts';

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
