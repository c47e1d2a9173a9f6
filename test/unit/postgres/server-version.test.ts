import { describe, expect, it } from 'vitest';
import { parseServerVersion } from '../../../lib/postgres/server-version.ts';

describe('parseServerVersion', () => {
  it.each([
    ['13.0', 130000],
    ['15.18', 150018],
    ['15.18 (Debian 15.18-0+deb12u1)', 150018],
    ['18beta2', 180000],
    ['19devel', 190000],
    ['20devel', 200000],
  ])('reads %s', (text, number) => {
    expect(parseServerVersion(text)).toEqual({ text, number });
  });

  it.each(['12.22', '9.6.24', '8.4.0', '21.0', '99', '99999999999999999999'])(
    'refuses the unknown %s',
    (text) => {
      expect(() => parseServerVersion(text)).toThrow(`server version ${text} is not supported`);
    },
  );

  it('refuses what is no version', () => {
    expect(() => parseServerVersion('EnterpriseThing')).toThrow(
      'could not parse server version "EnterpriseThing"',
    );
  });
});
