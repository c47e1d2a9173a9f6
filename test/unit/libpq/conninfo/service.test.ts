import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSection, readService } from '../../../../lib/libpq/conninfo/service.ts';

describe('parseSection', () => {
  const text = [
    '# comment',
    'ignored before any section',
    '[one]',
    'host=db1',
    '  # another comment',
    '  port=5433  ',
    'host=second is not taken',
    'options=-c x=y',
    '',
    '[two]',
    'user=u',
    '[onetwo]',
    'user=wrong',
  ].join('\r\n');

  it('reads its section and no other, the first of equal keywords', () => {
    expect(Object.fromEntries(parseSection(text, 'one', 'f') ?? [])).toEqual({
      host: 'db1',
      port: '5433',
      options: '-c x=y',
    });
    expect(Object.fromEntries(parseSection(text, 'two', 'f') ?? [])).toEqual({ user: 'u' });
  });

  it('tells an empty section from a missing one', () => {
    expect(parseSection('[empty]', 'empty', 'f')?.size).toBe(0);
    expect(parseSection(text, 'three', 'f')).toBeUndefined();
  });

  it.each([
    ['[s]\nhost', 'syntax error in service file "f", line 2'],
    ['[s]\nhots=x', 'syntax error in service file "f", line 2'],
    ['[s]\n\nhost =x', 'syntax error in service file "f", line 3'],
    ['[s]\nservice=t', 'nested "service" specifications not supported in service file "f", line 2'],
    ['[s]\nservicefile=t', 'nested "servicefile" specifications not supported in service file "f", line 2'],
    ['[s]\nldap://host/dn', 'LDAP lookup is not supported in service file "f", line 2'],
  ])('refuses %j', (bad, complaint) => {
    expect(() => parseSection(bad, 's', 'f')).toThrow(complaint);
  });
});

describe('readService', () => {
  let homeDirectory: string;
  let systemDirectory: string;

  beforeEach(() => {
    homeDirectory = mkdtempSync(join(tmpdir(), 'bb-service-'));
    systemDirectory = join(homeDirectory, 'system');
    mkdirSync(systemDirectory);
    writeFileSync(join(systemDirectory, 'pg_service.conf'), '[both]\nhost=system\n[system]\nhost=system\n');
    writeFileSync(join(homeDirectory, '.pg_service.conf'), '[both]\nhost=user\n');
  });

  afterEach(() => rmSync(homeDirectory, { recursive: true }));

  it("asks the user's file first, then the system's", () => {
    const places = { homeDirectory, systemDirectory };
    expect(readService('both', places).get('host')).toBe('user');
    expect(readService('system', places).get('host')).toBe('system');
  });

  it('does without a user file, but not without one that was named', () => {
    rmSync(join(homeDirectory, '.pg_service.conf'));
    expect(readService('both', { homeDirectory, systemDirectory }).get('host')).toBe('system');
    expect(() => readService('both', { homeDirectory, systemDirectory, file: '/nosuch' })).toThrow(
      'service file "/nosuch" not found',
    );
  });

  it('says so when nobody defines the service', () => {
    const places = { homeDirectory, systemDirectory: '/nosuch' };
    expect(() => readService('system', places)).toThrow('definition of service "system" not found');
  });
});
