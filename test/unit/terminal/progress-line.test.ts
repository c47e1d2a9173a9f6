/** Progress as a line, and as a bar in windows of any width. */

import { describe, expect, it } from 'vitest';
import { progressBar, progressLine } from '../../../lib/terminal/progress-line.ts';

const MB = 1024 * 1024;

describe('progressLine', () => {
  const base = { bytes: 10 * MB, total: 40 * MB, seconds: 2, archive: 'base.tar' };
  it.each([
    { state: base, line: '10 MB of 40 MB (25%), 5.0 MB/s, 0:06 left, base.tar' },
    { state: { ...base, archive: undefined }, line: '10 MB of 40 MB (25%), 5.0 MB/s, 0:06 left' },
    { state: { ...base, total: undefined }, line: '10 MB, 5.0 MB/s, base.tar' },
    { state: { ...base, bytes: 40 * MB }, line: '40 MB of 40 MB (100%), 20 MB/s, 0:00 left, base.tar' },
    { state: { ...base, bytes: 0 }, line: '0 bytes of 40 MB (0%), 0 bytes/s, base.tar' },
    { state: { ...base, bytes: 40 * MB - 1 }, line: '40 MB of 40 MB (99%), 20 MB/s, 0:00 left, base.tar' },
    { state: { ...base, seconds: 0 }, line: '10 MB of 40 MB (25%), 0 bytes/s, base.tar' },
    { state: { ...base, bytes: 0, total: 0 }, line: '0 bytes of 0 bytes (100%), 0 bytes/s, base.tar' },
  ])('is "$line"', ({ state, line }) => {
    expect(progressLine(state)).toBe(line);
  });
});

describe('progressBar', () => {
  const state = { bytes: 300 * MB, total: 400 * MB, seconds: 2, archive: '16384.tar.zst' };
  const longest = { bytes: 1023.4 * MB, total: 1023.4 * MB, seconds: 1, archive: '4294967295.tar.zst' };
  it.each([
    {
      columns: 120,
      text: '[==================      ] 300 MB of 400 MB (75%), 150 MB/s, 0:01 left, 16384.tar.zst',
    },
    { columns: 90, text: '[==============    ] 300 MB of 400 MB (75%), 150 MB/s, 0:01 left, 16384.tar.zst' },
    { columns: 80, text: '[=================      ] 300 MB of 400 MB (75%), 150 MB/s, 0:01 left' },
    { columns: 70, text: '[==========   ] 300 MB of 400 MB (75%), 150 MB/s, 0:01 left' },
    { columns: 60, text: '300 MB of 400 MB (75%), 150 MB/s, 0:01 left' },
    { columns: 50, text: '300 MB of 400 MB (75%), 150 MB/s' },
    { columns: 40, text: '300 MB of 400 MB (75%)' },
    { columns: 20, text: '300 MB of' },
  ])('in $columns columns is "$text"', ({ columns, text }) => {
    expect(progressBar('bb-split', state, columns)).toBe(`bb-split: ${text}`);
  });

  it('is never as wide as the window', () => {
    for (const total of [undefined, longest.total, 0])
      for (let columns = 1; columns < 200; columns++)
        expect(progressBar('bb-compress', { ...longest, total }, columns).length).toBeLessThan(columns);
  });

  it('has the archive without an estimate, where it fits', () => {
    const without = { ...state, total: undefined };
    expect(progressBar('bb-split', without, 60)).toBe('bb-split: 300 MB, 150 MB/s, 16384.tar.zst');
    expect(progressBar('bb-split', without, 30)).toBe('bb-split: 300 MB, 150 MB/s');
  });
});
