import { describe, expect, it } from 'vitest';
import { isBefore, parseTimestamp } from '../../../../lib/restore/recovery/timestamp.ts';

const HOUR_MS = 3_600_000;

describe('parseTimestamp', () => {
  it.each([
    { text: '2026-11-22 17:00:00 UTC', utc: '2026-11-22T17:00:00Z' },
    { text: '2026-11-22 17:00:00 GMT', utc: '2026-11-22T17:00:00Z' },
    { text: '2026-11-22T17:00:00Z', utc: '2026-11-22T17:00:00Z' },
    { text: '2026-11-22 17:00:00+00', utc: '2026-11-22T17:00:00Z' },
    { text: '2026-11-22 17:00:00+01', utc: '2026-11-22T16:00:00Z' },
    { text: '2026-11-22 17:00:00-3', utc: '2026-11-22T20:00:00Z' },
    { text: '2026-11-22 17:00:00 +05:30', utc: '2026-11-22T11:30:00Z' },
    { text: '2026-11-22 17:00:00 -0330', utc: '2026-11-22T20:30:00Z' },
    { text: '2026-11-22 17:00+01', utc: '2026-11-22T16:00:00Z' },
    { text: '2026-11-22 17:00:00.25+01', utc: '2026-11-22T16:00:00.250Z' },
    { text: '2026-11-22+00', utc: '2026-11-22T00:00:00Z' },
    { text: '2026-11-22 UTC', utc: '2026-11-22T00:00:00Z' },
    { text: '2026-12-01 +01', utc: '2026-11-30T23:00:00Z' },
    { text: '2026-11-22 24:00:00Z', utc: '2026-11-23T00:00:00Z' },
    { text: '2026-11-22 17:00:60Z', utc: '2026-11-22T17:01:00Z' },
    { text: '2026-11-22 17:00:00 utc', utc: '2026-11-22T17:00:00Z' },
    { text: '2024-02-29 00:00:00Z', utc: '2024-02-29T00:00:00Z' },
  ])('reads "$text"', ({ text, utc }) => {
    expect(parseTimestamp(text)).toEqual({ earliest: Date.parse(utc), latest: Date.parse(utc) });
  });

  it.each(['2026-11-22 17:00:00', '2026-11-22 17:00:00 CET', '2026-11-22 17:00:00 Europe/Berlin'])(
    'does not know the zone of "%s"',
    (text) => {
      const reading = Date.parse('2026-11-22T17:00:00Z');
      expect(parseTimestamp(text)).toEqual({
        earliest: reading - 16 * HOUR_MS,
        latest: reading + 16 * HOUR_MS,
      });
    },
  );

  it.each(['2026-12-01', '2026-12-01 Europe/Berlin'])('takes "%s" for the beginning of the day', (text) => {
    const reading = Date.parse('2026-12-01T00:00:00Z');
    expect(parseTimestamp(text)).toEqual({
      earliest: reading - 16 * HOUR_MS,
      latest: reading + 16 * HOUR_MS,
    });
  });

  it.each([
    '22.11.2026 17:00:00',
    'Nov 22 2026 17:00',
    '20261122T170000',
    '2026-11-22 05:00:00 PM',
    '0044-03-15 BC',
    'yesterday 17:00',
    '2026-11-22 17:00:00+',
    '2026-11-22 17:00:00 CET 1',
  ])('leaves "%s" to the server', (text) => {
    const moment = parseTimestamp(text);
    const now = { earliest: Date.now(), latest: Date.now() };
    expect(moment && isBefore(moment, now)).toBe(false);
    expect(moment && isBefore(now, moment)).toBe(false);
  });

  it.each([
    '',
    'now',
    'yesterday',
    'infinity',
    '2026-02-30',
    '2026-02-30 00:00:00',
    '2026-13-01 00:00:00',
    '2026-11-22 25:00:00',
    '2026-11-22 24:00:01',
    '2026-11-22 17:60:00',
    '2026-11-22 17:00:61',
    '2026-11-22 17:00:00+16',
    '2026-11-22 17:00:00+01:60',
    '2026-11-22 17:00:00\n',
  ])('does not read "%s"', (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe('isBefore', () => {
  it.each([
    { one: '2026-11-22 16:59:59+00', other: '2026-11-22 17:00:00 UTC', before: true },
    { one: '2026-11-22 17:00:00+00', other: '2026-11-22 17:00:00 UTC', before: false },
    { one: '2026-11-22 17:59:59+01', other: '2026-11-22 17:00:00 UTC', before: true },
    { one: '2026-11-22 16:00:00-02', other: '2026-11-22 17:00:00 UTC', before: false },
    { one: '2026-11-21', other: '2026-11-22 17:00:00 UTC', before: true },
    { one: '2026-11-22', other: '2026-11-22 17:00:00 UTC', before: true },
    { one: '2026-11-23', other: '2026-11-22 17:00:00 UTC', before: false },
    { one: '2026-11-22 02:00:00', other: '2026-11-22 17:00:00 UTC', before: false },
    { one: '2026-11-22 00:59:59', other: '2026-11-22 17:00:00 UTC', before: true },
    { one: '2026-11-22 00:59:59+00', other: '2026-11-22 17:00:00 CET', before: true },
    { one: '2026-11-22 12:00:00+00', other: '2026-11-22 17:00:00 CET', before: false },
  ])('is $before for "$one" and "$other"', ({ one, other, before }) => {
    const [first, second] = [parseTimestamp(one), parseTimestamp(other)];
    expect(first && second && isBefore(first, second)).toBe(before);
  });
});
