/** Which password is used, and when the user is asked. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Passwords, type PromptMode } from '../../../../lib/libpq/auth/password.ts';
import { resolveSettings } from '../../../../lib/libpq/conninfo/settings.ts';

let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'bb-password-'));
  writeFileSync(join(home, '.pgpass'), 'known:*:*:*:of-file\nempty:*:*:*:\n', { mode: 0o600 });
});

afterAll(() => rmSync(home, { recursive: true }));

function setUp(conninfo: string, mode: PromptMode, typed = 'typed') {
  let asked = 0;
  const settings = resolveSettings({ conninfo, programName: 'bb-stream' }, { HOME: home });
  const ask = async (): Promise<string> => {
    asked += 1;
    return typed;
  };
  const passwords = new Passwords(settings, mode, { ask, warn: () => {} });
  const find = async () => {
    const [host] = settings.hosts;
    if (!host) throw new Error('no host');
    return await passwords.find(host);
  };
  return { passwords, find, asked: () => asked };
}

describe('Passwords', () => {
  it.each<[conninfo: string, mode: PromptMode, password: string, asked: number]>([
    ['host=known password=given', 'if-needed', 'given', 0],
    ['host=known', 'if-needed', 'of-file', 0],
    ['host=known', 'never', 'of-file', 0],
    ['host=unknown', 'if-needed', 'typed', 1],
    ['host=known password=given', 'always', 'typed', 1],
    ['host=known', 'always', 'typed', 1],
  ])('for %s and prompting %s takes the one %s', async (conninfo, mode, password, asked) => {
    const { passwords, find, asked: count } = setUp(conninfo, mode);
    await passwords.prepare();
    expect(await find()).toMatchObject({ password });
    expect(count()).toBe(asked);
  });

  it('tells which file the password is from', async () => {
    expect(await setUp('host=known', 'never').find()).toEqual({
      password: 'of-file',
      file: join(home, '.pgpass'),
    });
  });

  it('asks nobody on behalf of a connection that is not worth it, but gives what was typed in', async () => {
    const { passwords, find, asked } = setUp('host=unknown', 'if-needed');
    const host = { kind: 'name', host: 'unknown', hostaddr: '', port: 5432 } as const;
    await expect(passwords.withoutAsking().find(host)).rejects.toThrow('no password supplied');
    await find();
    expect(await passwords.withoutAsking().find(host)).toEqual({ password: 'typed' });
    expect(asked()).toBe(1);
  });

  it('asks once for several connections', async () => {
    const { find, asked } = setUp('host=unknown', 'if-needed');
    await find();
    await find();
    expect(asked()).toBe(1);
  });

  it.each<[why: string, conninfo: string, mode: PromptMode, typed: string]>([
    ['nothing is known and nobody may be asked', 'host=unknown', 'never', 'x'],
    ['the file has an empty one', 'host=empty', 'never', 'x'],
    ['the user enters none', 'host=unknown', 'if-needed', ''],
  ])('has none when %s', async (_why, conninfo, mode, typed) => {
    await expect(setUp(conninfo, mode, typed).find()).rejects.toThrow('fe_sendauth: no password supplied');
  });
});
