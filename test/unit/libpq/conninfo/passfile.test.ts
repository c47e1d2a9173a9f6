/** The password file: which line fits, what its escapes mean, and when the file may not be used. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSocketDirectory, type HostSetting } from '../../../../lib/libpq/conninfo/hosts.ts';
import { findPassword, readPasswordFile } from '../../../../lib/libpq/conninfo/passfile.ts';

const WANTED = ['db1', '5432', 'replication', 'backup'];

describe('findPassword', () => {
  it.each<[name: string, text: string, password: string | undefined]>([
    ['all fields', 'db1:5432:replication:backup:secret', 'secret'],
    ['stars', '*:*:*:*:p', 'p'],
    ['the first line that fits', 'db2:*:*:*:no\ndb1:*:*:*:yes\n*:*:*:*:late', 'yes'],
    ['no line for another port', 'db1:5433:replication:backup:secret', undefined],
    ['no line for another database', 'db1:5432:postgres:backup:secret', undefined],
    ['no line for another user', 'db1:5432:replication:root:secret', undefined],
    ['no line for a longer host', 'db1.example.com:*:*:*:secret', undefined],
    ['no star inside a field', 'db*:*:*:*:secret', undefined],
    ['no comment', '#*:*:*:*:secret', undefined],
    ['no line with fields missing', 'db1:5432:replication:backup', undefined],
    ['nothing in an empty file', '', undefined],
    ['escaped colons and backslashes', '*:*:*:*:a\\:b\\\\c', 'a:b\\c'],
    ['any escaped character', '*:*:*:*:\\s\\e', 'se'],
    ['escapes in fields', 'd\\b1:*:*:*:p', 'p'],
    ['an escaped backslash before a colon', '*:*:*:back\\up:p', 'p'],
    ['the password up to the next colon', '*:*:*:*:pass:comment', 'pass'],
    ['an empty password', '*:*:*:*:', ''],
    ['lines that end as on Windows', '*:*:*:*:p\r\n', 'p'],
    ['UTF-8', '*:*:*:*:Geheimnis-ß', 'Geheimnis-ß'],
  ])('takes %s', (_name, text, password) => {
    expect(findPassword(text, WANTED)).toBe(password);
  });

  it('takes an escaped backslash at the end of a field for a backslash', () => {
    expect(findPassword('*:*:*:dom\\\\\\\\user:p', ['h', '1', 'd', 'dom\\\\user'])).toBe('p');
    expect(findPassword('a\\\\:*:*:*:p', ['a\\', '1', 'd', 'u'])).toBe('p');
  });
});

describe('readPasswordFile', () => {
  let folder: string;
  let file: string;
  let warnings: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bb-passfile-'));
    file = join(folder, 'pgpass');
    warnings = [];
    writeFileSync(
      file,
      'localhost:5432:replication:u:of-localhost\n/run/pg:*:*:*:of-socket\n10.0.0.1:*:*:*:of-address\n',
      { mode: 0o600 },
    );
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (host: Partial<HostSetting>, path = file) =>
    readPasswordFile(path, { kind: 'name', host: '', hostaddr: '', port: 5432, ...host }, 'u', (message) =>
      warnings.push(message),
    );

  it.each<[name: string, host: Partial<HostSetting>, password: string | undefined]>([
    ['a name', { host: 'localhost' }, 'of-localhost'],
    [
      'the default socket directory as localhost',
      { kind: 'socket', host: defaultSocketDirectory() },
      'of-localhost',
    ],
    ['another socket directory by its path', { kind: 'socket', host: '/run/pg' }, 'of-socket'],
    ['an address where there is no name', { kind: 'address', hostaddr: '10.0.0.1' }, 'of-address'],
    ['the name rather than the address', { kind: 'address', host: 'x', hostaddr: '10.0.0.1' }, undefined],
  ])('looks up %s', (_name, host, password) => {
    expect(read(host)).toBe(password);
    expect(warnings).toEqual([]);
  });

  it.each([0o644, 0o640, 0o601, 0o660])('does not use a file of mode %o, and warns', (mode) => {
    chmodSync(file, mode);
    expect(read({ host: 'localhost' })).toBeUndefined();
    expect(warnings).toEqual([
      `password file "${file}" has group or world access; permissions should be u=rw (0600) or less`,
    ]);
  });

  it.each([0o600, 0o400, 0o700])('uses a file of mode %o', (mode) => {
    chmodSync(file, mode);
    expect(read({ host: 'localhost' })).toBe('of-localhost');
  });

  it.skipIf(process.getuid?.() === 0)('warns of one that may not be read', () => {
    chmodSync(file, 0o200);
    expect(read({ host: 'localhost' })).toBeUndefined();
    expect(warnings).toEqual([`could not read password file "${file}": Permission denied`]);
  });

  it('warns of one that cannot be looked up', () => {
    symlinkSync('loop', join(folder, 'loop'));
    const path = join(folder, 'loop');
    expect(read({ host: 'localhost' }, path)).toBeUndefined();
    expect(warnings).toEqual([`could not read password file "${path}": Too many levels of symbolic links`]);
  });

  it('says nothing of one below what is no directory', () => {
    expect(read({ host: 'localhost' }, join(file, 'below'))).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('warns of what is no file, and says nothing when there is none', () => {
    mkdirSync(join(folder, 'folder'));
    expect(read({ host: 'localhost' }, join(folder, 'folder'))).toBeUndefined();
    expect(warnings).toEqual([`password file "${join(folder, 'folder')}" is not a plain file`]);
    expect(read({ host: 'localhost' }, join(folder, 'none'))).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });
});
