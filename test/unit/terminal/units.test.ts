import { describe, expect, it } from 'vitest';
import { formatCount, formatDuration, formatSize, parseSize } from '../../../lib/terminal/units.ts';

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
const TB = 1024 * GB;
const PB = 1024 * TB;

describe('formatSize', () => {
  it.each([
    { bytes: 0, text: '0 bytes' },
    { bytes: 0.4, text: '0 bytes' },
    { bytes: 1023, text: '1023 bytes' },
    { bytes: 1023.6, text: '1.0 kB' },
    { bytes: KB, text: '1.0 kB' },
    { bytes: 1.25 * KB, text: '1.3 kB' },
    { bytes: 9.94 * KB, text: '9.9 kB' },
    { bytes: 9.96 * KB, text: '10 kB' },
    { bytes: 17 * KB, text: '17 kB' },
    { bytes: MB - 1, text: '1.0 MB' },
    { bytes: 310 * MB, text: '310 MB' },
    { bytes: 1.2 * GB, text: '1.2 GB' },
    { bytes: 3 * TB, text: '3.0 TB' },
    { bytes: 20 * PB, text: '20 PB' },
    { bytes: 5000 * PB, text: '5000 PB' },
  ])('writes $bytes bytes as "$text"', ({ bytes, text }) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    { seconds: 0, text: '0:00' },
    { seconds: 5.4, text: '0:05' },
    { seconds: 59.6, text: '1:00' },
    { seconds: 65, text: '1:05' },
    { seconds: 3599, text: '59:59' },
    { seconds: 3600, text: '1:00:00' },
    { seconds: 3753, text: '1:02:33' },
    { seconds: 360_000, text: '100:00:00' },
  ])('writes $seconds seconds as "$text"', ({ seconds, text }) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('parseSize', () => {
  it.each([
    { text: '0', bytes: 0 },
    { text: '512', bytes: 512 },
    { text: '512B', bytes: 512 },
    { text: '64kB', bytes: 64 * KB },
    { text: ' 64 MB ', bytes: 64 * MB },
    { text: '2GB', bytes: 2 * GB },
    { text: '3TB', bytes: 3 * TB },
  ])('reads "$text"', ({ text, bytes }) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'MB', '1.5GB', '-1', '1KB', '1mb', '1 M B', '9999999TB'])('takes "%s" for no size', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('formatCount', () => {
  it.each([
    { count: 0, text: '0 files' },
    { count: 1, text: '1 file' },
    { count: 2, text: '2 files' },
  ])('writes $count as $text', ({ count, text }) => {
    expect(formatCount(count, 'file')).toBe(text);
  });
});
