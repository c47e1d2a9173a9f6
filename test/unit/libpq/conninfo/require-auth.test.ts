import { describe, expect, it } from 'vitest';
import { parseRequireAuth } from '../../../../lib/libpq/conninfo/require-auth.ts';

describe('parseRequireAuth', () => {
  it.each([
    ['scram-sha-256', ['scram-sha-256']],
    ['scram-sha-256,none', ['scram-sha-256', 'none']],
    ['!password,!md5', ['none', 'gss', 'sspi', 'scram-sha-256']],
    ['!none', ['password', 'md5', 'gss', 'sspi', 'scram-sha-256']],
  ])('understands %s', (text, allowed) => {
    expect(parseRequireAuth(text)).toEqual({ text, allowed: new Set(allowed) });
  });

  it.each([
    ['scram', 'invalid require_auth value: "scram"'],
    ['md5,', 'invalid require_auth value: ""'],
    ['!nope', 'invalid require_auth value: "nope"'],
    ['md5,md5', 'require_auth method "md5" is specified more than once'],
    ['!md5,!md5', 'require_auth method "!md5" is specified more than once'],
    ['md5,!password', 'negative require_auth method "!password" cannot be mixed with non-negative methods'],
    ['!md5,password', 'require_auth method "password" cannot be mixed with negative methods'],
  ])('refuses %s', (text, complaint) => {
    expect(() => parseRequireAuth(text)).toThrow(complaint);
  });
});
