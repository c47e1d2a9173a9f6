import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { readVerifyTask, VERIFY_OPTIONS } from '../../../../lib/tool/verify/verify-options.ts';

const read = (...argv: string[]) => readVerifyTask(parseArguments(VERIFY_OPTIONS, argv));

describe('readVerifyTask', () => {
  it('verifies everything unless told otherwise', () => {
    expect(read('dir')).toEqual({
      places: { directory: 'dir', manifest: undefined, wal: undefined },
      format: undefined,
      jobs: undefined,
      algorithm: 'CRC32C',
      tee: false,
      ignore: [],
      parseWal: true,
      skipChecksums: false,
      pages: 'auto',
      exitOnError: false,
      quiet: false,
      report: 'text',
      progress: 'none',
    });
  });

  it('takes the letters of pg_verifybackup', () => {
    expect(read('-ensq', '-i', 'a', '-ib', '-m', 'file', '-w', 'wal', 'dir')).toMatchObject({
      places: { directory: 'dir', manifest: 'file', wal: 'wal' },
      ignore: ['a', 'b'],
      parseWal: false,
      skipChecksums: true,
      exitOnError: true,
      quiet: true,
    });
  });

  it('takes --wal-directory for --wal-path, and the last of both', () => {
    expect(read('--wal-directory=a', 'dir')).toMatchObject({ places: { wal: 'a' } });
    expect(read('--wal-path', 'b', '--wal-directory', 'a', 'dir')).toMatchObject({ places: { wal: 'a' } });
    expect(read('--wal-directory', 'a', '-wb', 'dir')).toMatchObject({ places: { wal: 'b' } });
  });

  it('takes the format of a backup and the form of the report by one name', () => {
    expect(read('-Fp', '--format=json', '-F', 't', 'dir')).toMatchObject({ format: 'tar', report: 'json' });
    expect(read('--format=plain', '--format=json', '--format=text', '-j3', 'dir')).toMatchObject({
      format: 'plain',
      report: 'text',
      jobs: 3,
    });
  });

  it.each([
    { argv: [''], message: 'no backup directory specified' },
    { argv: ['dir', 'other'], message: 'too many command-line arguments (first is "other")' },
    { argv: ['-P', '-q', 'dir'], message: 'cannot specify both -P/--progress and -q/--quiet' },
    {
      argv: ['--page-checksums', '--no-page-checksums', 'dir'],
      message: 'cannot specify both --page-checksums',
    },
    {
      argv: ['--format=y', 'dir'],
      message: 'invalid backup format "y", must be "plain" or "tar"',
    },
    { argv: ['-Ft'], message: 'a backup format goes with a directory only' },
    { argv: ['-j', 'x', 'dir'], message: 'invalid value "x" for option -j/--jobs' },
    { argv: ['-j0', 'dir'], message: '-j/--jobs must be in range 1..64' },
    { argv: ['-a', 'MD5'], message: 'unrecognized checksum algorithm: "MD5"' },
    { argv: ['-a', 'none'], message: 'unrecognized checksum algorithm: "none"' },
    { argv: ['--tee', 'dir'], message: '--tee does not go with a directory' },
    { argv: ['-j', '2', '-'], message: '--jobs does not go with a backup on standard input or in a file' },
    { argv: ['-j', '2'], message: '--jobs does not go with a backup on standard input or in a file' },
  ])('refuses $argv', ({ argv, message }) => {
    expect(() => read(...argv)).toThrow(message);
  });
});
