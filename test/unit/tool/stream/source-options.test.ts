import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { readBackupOptions, readSource, STREAM_OPTIONS } from '../../../../lib/tool/stream/stream-options.ts';

const request = (argv: readonly string[]) => {
  const args = parseArguments(STREAM_OPTIONS, argv);
  return readSource(args, readBackupOptions(args));
};
const OFFLINE = ['--pgdata=/data', '--offline'];
const DEFAULTS = {
  directory: '/data',
  jobs: 1,
  manifest: 'yes',
  algorithm: 'CRC32C',
  verifyChecksums: true,
  estimate: true,
};

describe('readSource', () => {
  it('asks a server unless told otherwise', () => {
    expect(request(['-h', 'db1'])).toBeUndefined();
  });

  it.each([
    { argv: [], differs: {} },
    { argv: ['-P', '-v'], differs: {} },
    { argv: ['-j', '4'], differs: { jobs: 4 } },
    { argv: ['--no-manifest'], differs: { manifest: 'no' } },
    { argv: ['--manifest-force-encode'], differs: { manifest: 'force-encode' } },
    { argv: ['--manifest-checksums=sha512'], differs: { algorithm: 'SHA512' } },
    {
      argv: ['--no-verify-checksums', '--no-estimate-size'],
      differs: { verifyChecksums: false, estimate: false },
    },
  ])('reads $argv', ({ argv, differs }) => {
    expect(request([...OFFLINE, ...argv])).toEqual({ kind: 'offline', request: { ...DEFAULTS, ...differs } });
  });

  it('reads --pgdata with all that a connection can have', () => {
    const argv = [
      '--pgdata=/data',
      '-h',
      'db1',
      '-X',
      'fetch',
      '-r',
      '1M',
      '-l',
      'x',
      '-c',
      'fast',
      'dbname=x',
    ];
    expect(request(argv)).toEqual({ kind: 'online', request: DEFAULTS });
  });

  it('reads --backup', () => {
    const stored = { place: '/backup/db1', mappings: [] };
    expect(request(['--backup=/backup/db1', '-P'])).toEqual({ kind: 'stored', request: stored });
    const mappings = [{ from: '/old', to: '/new' }];
    expect(request(['--backup=/backup/db1', '-T', '/old=/new/'])).toEqual({
      kind: 'stored',
      request: { ...stored, mappings },
    });
  });

  it.each([
    { argv: ['--backup=/b', '--offline'], complaint: '--offline and --backup are incompatible options' },
    { argv: ['--backup=/b', '-X', 'none'], complaint: '--wal-method and --backup are incompatible options' },
    { argv: ['--backup=/b', 'db1'], complaint: 'a connection string cannot be given with --backup' },
    { argv: ['--offline'], complaint: '--offline needs --pgdata' },
    { argv: ['-T', '/a=/b'], complaint: '--tablespace-mapping needs --backup' },
    { argv: ['-j', '2'], complaint: '--jobs needs --pgdata' },
    { argv: [...OFFLINE, '-j', '0'], complaint: '-j/--jobs' },
    { argv: ['--pgdata=/data', '-i', 'm'], complaint: '--incremental and --pgdata are incompatible options' },
    {
      argv: ['--pgdata=/data', '-Z', 'server-gzip'],
      complaint: '--compress and --pgdata are incompatible options',
    },
    { argv: ['--pgdata=/data', '--check'], complaint: '--check and --pgdata are incompatible options' },
    { argv: [...OFFLINE, '-p', '5432'], complaint: '--port and --offline are incompatible options' },
    { argv: [...OFFLINE, '-r', '1M'], complaint: '--max-rate and --offline are incompatible options' },
    { argv: [...OFFLINE, '--check'], complaint: '--check and --offline are incompatible options' },
    { argv: [...OFFLINE, 'db1'], complaint: 'a connection string cannot be given with --offline' },
    { argv: [...OFFLINE, '--manifest-checksums=md5'], complaint: 'unrecognized checksum algorithm: "md5"' },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => request(argv)).toThrow(UsageError);
    expect(() => request(argv)).toThrow(complaint);
  });

  it.each([
    { argv: ['-T', '/a=/b'], hint: 'bb-split -Fp -T OLDDIR=NEWDIR -D DIRECTORY' },
    { argv: ['-j', '4'], hint: 'to compress with several threads, use bb-compress -j NUM' },
  ])('tells what is done instead of $argv', ({ argv, hint }) => {
    expect(() => request(argv)).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
  });
});
