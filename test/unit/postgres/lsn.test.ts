import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLsn, parseLsn } from '../../../lib/postgres/lsn.ts';

describe('parseLsn', () => {
  it.each([
    ['0/0', 0n],
    ['0/3000158', 0x3000158n],
    ['16/b374d848', 0x16b374d848n],
    ['FFFFFFFF/FFFFFFFF', 2n ** 64n - 1n],
    ['1/00000001', 0x100000001n],
  ])('reads %s', (text, lsn) => {
    expect(parseLsn(text)).toBe(lsn);
  });

  it.each(['', '/', '0', '0/', '/0', '0/1/2', '0/123456789', 'g/0', ' 0/0', '0/0\n', '+1/0', '1_0/0'])(
    'refuses %j',
    (text) => {
      expect(parseLsn(text)).toBeUndefined();
    },
  );
});

describe('formatLsn', () => {
  it('writes an LSN as the server does', () => {
    expect(formatLsn(0x16b374d848n)).toBe('16/B374D848');
    expect(formatLsn(0x100000001n)).toBe('1/1');
  });

  it('writes what parseLsn reads', () => {
    fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (lsn) => parseLsn(formatLsn(lsn)) === lsn));
  });
});
