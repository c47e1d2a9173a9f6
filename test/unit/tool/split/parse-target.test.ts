import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseTarget, parseTargetTimeline } from '../../../../lib/tool/split/parse-target.ts';

describe('parseTarget', () => {
  it.each([
    { kind: 'lsn', text: '0/3000158', more: { lsn: 0x3000158n } },
    { kind: 'lsn', text: 'a/ff', more: { lsn: 0xa000000ffn } },
    { kind: 'xid', text: '3', more: {} },
    { kind: 'xid', text: '4294967299', more: {} },
    { kind: 'name', text: "before 'the' upgrade", more: {} },
    { kind: 'name', text: 'x'.repeat(63), more: {} },
    { kind: 'immediate', text: 'immediate', more: {} },
  ] as const)('reads $kind $text', ({ kind, text, more }) => {
    expect(parseTarget(kind, text)).toEqual({ kind, text, ...more });
  });

  it('reads a time, and keeps its words', () => {
    const moment = { earliest: 1795366800000, latest: 1795366800000 };
    const text = '2026-11-22 17:00:00 +00';
    expect(parseTarget('time', text)).toEqual({ kind: 'time', text, moment });
  });

  it.each(['2026-12-01', '2026-12-01 17:00', 'Dec 1 2026'])('takes the time "%s"', (text) => {
    expect(parseTarget('time', text)).toMatchObject({ kind: 'time', text });
  });

  it('needs no text for the end of the backup', () => {
    expect(parseTarget('immediate', '')).toEqual({ kind: 'immediate', text: 'immediate' });
  });

  it.each([
    { kind: 'time', text: 'now', rule: 'must be as in "2026-11-22 17:00:00+01"' },
    { kind: 'time', text: 'yesterday', rule: 'must be as in "2026-11-22 17:00:00+01"' },
    { kind: 'time', text: '2026-02-30', rule: 'must be as in "2026-11-22 17:00:00+01"' },
    { kind: 'time', text: '', rule: 'must be as in "2026-11-22 17:00:00+01"' },
    { kind: 'lsn', text: '3000158', rule: 'must be as in "0/3000158"' },
    { kind: 'lsn', text: '0/300015800', rule: 'must be as in "0/3000158"' },
    { kind: 'xid', text: '-5', rule: 'must be a transaction ID' },
    { kind: 'xid', text: '2', rule: 'must be a transaction ID' },
    { kind: 'xid', text: '4294967297', rule: 'must be a transaction ID' },
    { kind: 'xid', text: '18446744073709551619', rule: 'must be a transaction ID' },
    { kind: 'name', text: '', rule: 'must have 1 to 63 bytes' },
    { kind: 'name', text: 'ä'.repeat(32), rule: 'must have 1 to 63 bytes' },
  ] as const)('refuses $kind $text', ({ kind, text, rule }) => {
    const what = kind === 'lsn' ? 'LSN' : kind;
    expect(() => parseTarget(kind, text)).toThrow(
      new UsageError(`invalid target ${what} "${text}", ${rule}`),
    );
  });
});

describe('parseTargetTimeline', () => {
  it.each(['latest', 'current', '1', '4294967295'])('takes %s', (text) => {
    expect(parseTargetTimeline(text)).toBe(text);
  });

  it.each(['', '0', '-1', '4294967296', 'newest', '1 '])('refuses "%s"', (text) => {
    expect(() => parseTargetTimeline(text)).toThrow(
      new UsageError(`invalid target timeline "${text}", must be "latest", "current" or a number`),
    );
  });
});
