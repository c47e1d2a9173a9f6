import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { attempt, attemptAsync, systemTrouble } from '../../../lib/errors/system-trouble.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';

const { errno } = constants;
const failure = (code: keyof typeof errno) => Object.assign(new Error(code), { code, errno: -errno[code] });

describe('systemTrouble', () => {
  it.each([
    ['ENOSPC', 'No space left on device', 'Check free disk space.'],
    ['EDQUOT', 'Disk quota exceeded', 'Check free disk space.'],
    ['EIO', 'Input/output error', undefined],
  ] as const)('tells the act and the reason, and where it helps a hint: %s', (code, reason, hint) => {
    const cause = failure(code);
    const trouble = systemTrouble('could not write to file "base.tar"', cause);
    expect(trouble).toBeInstanceOf(TroubleError);
    expect(trouble).toMatchObject({ message: `could not write to file "base.tar": ${reason}`, cause });
    expect(trouble.hint).toBe(hint);
  });
});

describe('attempt and attemptAsync', () => {
  it('give the result', async () => {
    expect(attempt('could not', () => 1)).toBe(1);
    expect(await attemptAsync('could not', async () => 1)).toBe(1);
  });

  it('tell the act that failed', async () => {
    const fail = () => {
      throw failure('EEXIST');
    };
    const expected = 'could not create file "x": File exists';
    expect(() => attempt('could not create file "x"', fail)).toThrow(expected);
    await expect(attemptAsync('could not create file "x"', async () => fail())).rejects.toThrow(expected);
  });
});
