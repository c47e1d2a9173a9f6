import { describe, expect, it } from 'vitest';
import { formatSettings, isOneLine } from '../../../../lib/restore/recovery/recovery-settings.ts';

describe('formatSettings', () => {
  it.each([
    { value: '', line: "name = ''" },
    { value: 'cp /archive/%f %p', line: "name = 'cp /archive/%f %p'" },
    { value: "cp '/my archive/%f' %p", line: "name = 'cp ''/my archive/%f'' %p'" },
    { value: 'a\\b\\', line: "name = 'a\\\\b\\\\'" },
    { value: 'größe # no comment', line: "name = 'größe # no comment'" },
    { value: 'tab\there', line: "name = 'tab\there'" },
  ])('writes $line', ({ value, line }) => {
    expect(formatSettings([['name', value]])).toBe(`${line}\n`);
  });

  it('writes a line for each, in order', () => {
    const settings = [
      ['b', '1'],
      ['a', '2'],
    ] as const;
    expect(formatSettings(settings)).toBe("b = '1'\na = '2'\n");
  });

  it.each(['one\ntwo', 'one\rtwo', '\n'])('is never given %j', (value) => {
    expect(isOneLine(value)).toBe(false);
    expect(() => formatSettings([['restore_command', value]])).toThrow('has several lines');
  });
});
