/** Which signals a mask of proc(5) says to be ignored. */

import { describe, expect, it } from 'vitest';
import { ignoringToo, isIgnored, keepIgnoring, parseIgnored } from '../../../lib/terminal/ignored-signals.ts';

describe('parseIgnored', () => {
  it.each<[name: string, mask: string | undefined, signals: NodeJS.Signals[]]>([
    ['nothing said', undefined, []],
    ['nothing', '0000000000000000', []],
    ['nohup', '0000000000000001', ['SIGHUP']],
    ['a background job', '0000000000000006', ['SIGINT', 'SIGQUIT']],
    ['bash', '0000000000000004', []],
    ['all that are looked for', '0000000000004007', ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM']],
    ['others', 'ffffffffffffbff8', []],
    ['no mask', 'x', []],
    ['an empty one', '', []],
    ['too long a one', '00000000000000001', []],
  ])('reads %s', (_name, mask, signals) => {
    expect(parseIgnored(mask)).toEqual(signals);
  });
});

describe('keepIgnoring', () => {
  it('ignores for us and our commands, and takes the variable away', () => {
    expect(ignoringToo('true')).toBe('true');
    const env: NodeJS.ProcessEnv = { BB_IGNORED_SIGNALS: '0000000000000004', HOME: '/' };
    keepIgnoring(env);
    expect(env).toEqual({ HOME: '/' });
    const before = process.listenerCount('SIGHUP');
    for (let times = 0; times < 2; times++) keepIgnoring({ BB_IGNORED_SIGNALS: '3' });
    expect(process.listenerCount('SIGHUP')).toBe(before + 1);
    expect(isIgnored('SIGINT')).toBe(true);
    expect(isIgnored('SIGTERM')).toBe(false);
    expect(ignoringToo('true')).toBe("trap '' HUP INT; true");
  });
});
