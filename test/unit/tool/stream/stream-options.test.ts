import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';
import {
  readBackupOptions,
  readConnectionChoice,
  STREAM_OPTIONS,
} from '../../../../lib/tool/stream/stream-options.ts';

const backup = (argv: readonly string[]) => readBackupOptions(parseArguments(STREAM_OPTIONS, argv));
const connection = (argv: readonly string[]) => readConnectionChoice(parseArguments(STREAM_OPTIONS, argv));

const DEFAULTS = {
  label: 'bb-stream base backup',
  progress: true,
  checkpoint: 'spread',
  wal: false,
  wait: false,
  tablespaceMap: true,
  verifyChecksums: true,
  manifest: 'yes',
};

describe('readBackupOptions', () => {
  it.each([
    { argv: [], differs: {} },
    { argv: ['-cfast'], differs: { checkpoint: 'fast' } },
    { argv: ['-c', 'fast', '--checkpoint=spread'], differs: {} },
    { argv: ['-i', '/b/backup_manifest'], differs: { incremental: '/b/backup_manifest' } },
    { argv: ['-l', 'nightly'], differs: { label: 'nightly' } },
    { argv: ['-l', '007'], differs: { label: '007' } },
    { argv: ['--label='], differs: { label: '' } },
    { argv: ['-r2M'], differs: { maxRate: 2048 } },
    { argv: ['-Xfetch'], differs: { wal: true } },
    { argv: ['-X', 'f'], differs: { wal: true } },
    { argv: ['-X', 'stream'], differs: {} },
    { argv: ['-X', 'none'], differs: { wait: true } },
    { argv: ['-Xn'], differs: { wait: true } },
    { argv: ['-Zserver-gzip'], differs: { compression: { method: 'gzip' } } },
    { argv: ['-Z', 'server-lz4:1'], differs: { compression: { method: 'lz4', detail: '1' } } },
    {
      argv: ['--compress=server-zstd:level=3,workers=2'],
      differs: { compression: { method: 'zstd', detail: 'level=3,workers=2' } },
    },
    { argv: ['--manifest-checksums=SHA256'], differs: { manifestChecksums: 'SHA256' } },
    { argv: ['--manifest-force-encode'], differs: { manifest: 'force-encode' } },
    { argv: ['--no-manifest'], differs: { manifest: 'no' } },
    { argv: ['--no-estimate-size'], differs: { progress: false } },
    { argv: ['--no-verify-checksums'], differs: { verifyChecksums: false } },
  ])('reads $argv', ({ argv, differs }) => {
    expect(backup(argv)).toEqual({ ...DEFAULTS, ...differs });
  });

  it.each([
    { argv: ['-c', 'slow'], complaint: 'invalid checkpoint argument "slow", must be "fast" or "spread"' },
    ...['nightly\nSTART TIMELINE: 2', 'a\rb', 'a\x1b[2Jb', '\x7f', 'a\0b'].map((label) => ({
      argv: ['-l', label],
      complaint: 'backup label must not contain a newline or another control character',
    })),
    { argv: ['-r', '31'], complaint: 'transfer rate "31" is out of range, must be from "32k" to "1024M"' },
    {
      argv: ['--no-manifest', '--manifest-force-encode'],
      complaint: '--no-manifest and --manifest-force-encode are incompatible options',
    },
    {
      argv: ['--no-manifest', '--manifest-checksums=NONE'],
      complaint: '--no-manifest and --manifest-checksums are incompatible options',
    },
    { argv: ['one', 'two'], complaint: 'too many command-line arguments (first is "two")' },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => backup(argv)).toThrow(new UsageError(complaint));
  });

  it.each(['gzip', 'server-bzip2', 'client-gzip', 'server-gzip:', 'server-none', '5', ''])(
    'refuses compression "%s" and says where else to compress',
    (value) => {
      const read = () => backup([`--compress=${value}`]);
      expect(read).toThrow(`invalid compression "${value}", must be server-gzip, server-lz4 or server-zstd`);
      expect(read).toThrow(
        expect.objectContaining({ hint: 'To compress at this end, pipe the output into bb-compress.' }),
      );
    },
  );
});

describe('readConnectionChoice', () => {
  const nothing = { request: { programName: 'bb-stream' }, prompt: 'if-needed' };
  it.each([
    { argv: [], wanted: nothing },
    { argv: ['-w'], wanted: { ...nothing, prompt: 'never' } },
    { argv: ['--password'], wanted: { ...nothing, prompt: 'always' } },
    { argv: ['host=db1'], wanted: { ...nothing, request: { ...nothing.request, conninfo: 'host=db1' } } },
    { argv: ['-dhost=db1'], wanted: { ...nothing, request: { ...nothing.request, conninfo: 'host=db1' } } },
    {
      argv: ['-h', 'db1', '-p', '05432', '-U', 'backup'],
      wanted: {
        ...nothing,
        request: { ...nothing.request, host: 'db1', port: '05432', username: 'backup' },
      },
    },
  ])('reads $argv', ({ argv, wanted }) => {
    expect(connection(argv)).toEqual(wanted);
  });

  it.each([
    { argv: ['-w', '-W'], complaint: '--no-password and --password are incompatible options' },
    {
      argv: ['-d', 'host=a', 'host=b'],
      complaint: 'connection string was given twice, with -d and as an argument',
    },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => connection(argv)).toThrow(new UsageError(complaint));
  });
});
