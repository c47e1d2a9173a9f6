import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { safePath } from '../../../lib/tar/safe-path.ts';
import { quoted } from '../../../lib/terminal/visible.ts';

describe('safePath', () => {
  it.each([
    ['PG_VERSION', 'PG_VERSION'],
    ['base/1/112', 'base/1/112'],
    ['base/', 'base'],
    ['./pg_wal/archive_status/', 'pg_wal/archive_status'],
    ['./', '.'],
    ['...', '...'],
    ['..a/b..', '..a/b..'],
    ['a b\\c\n', 'a b\\c\n'],
    ['n'.repeat(1023), 'n'.repeat(1023)],
  ])('takes %j', (name, path) => {
    expect(safePath('base.tar', name)).toBe(path);
  });

  it.each([
    ['/', 'absolute path'],
    ['/etc/passwd', 'absolute path'],
    ['//etc/passwd', 'absolute path'],
    ['..', 'path component ".."'],
    ['../x', 'path component ".."'],
    ['a/../b', 'path component ".."'],
    ['a/..', 'path component ".."'],
    ['./..', 'path component ".."'],
    ['.', 'path component "."'],
    ['a/./b', 'path component "."'],
    ['././a', 'path component "."'],
    ['a/.', 'path component "."'],
    ['', 'empty path component'],
    ['a//b', 'empty path component'],
    ['a//', 'empty path component'],
    ['.//a', 'empty path component'],
    ['a\0b', 'NUL in path'],
    ['n'.repeat(1024), 'longer than 1023 bytes'],
    ['ö'.repeat(512), 'longer than 1023 bytes'],
  ])('refuses %j', (name, complaint) => {
    const message = `unsafe name of member ${quoted(name)} in archive "base.tar": ${complaint}`;
    expect(() => safePath('base.tar', name)).toThrow(new BackupError(message));
  });
});
