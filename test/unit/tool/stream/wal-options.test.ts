/** The options about WAL: what they mean together, and what pg_basebackup says when they do not go together. */

import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { STREAM_OPTIONS } from '../../../../lib/tool/stream/stream-options.ts';
import { readStreamingOptions, readWalMethod } from '../../../../lib/tool/stream/wal-options.ts';

const streaming = (argv: readonly string[]) => readStreamingOptions(parseArguments(STREAM_OPTIONS, argv));
const method = (argv: readonly string[]) => readWalMethod(parseArguments(STREAM_OPTIONS, argv));

const DEFAULTS = { slot: { kind: 'temporary' }, statusIntervalS: 10, spoolBytes: 1024 ** 3 };

describe('readWalMethod', () => {
  it.each([
    { argv: [], expected: 'stream' },
    { argv: ['-Xs'], expected: 'stream' },
    { argv: ['--wal-method=stream'], expected: 'stream' },
    { argv: ['-X', 'f'], expected: 'fetch' },
    { argv: ['-Xn'], expected: 'none' },
    { argv: ['-Xn', '-Xfetch'], expected: 'fetch' },
  ])('reads $argv', ({ argv, expected }) => {
    expect(method(argv)).toBe(expected);
  });

  it.each(['', 'S', 'st', 'fetch '])('refuses "%s"', (value) => {
    expect(() => method([`--wal-method=${value}`])).toThrow(
      `invalid wal-method option "${value}", must be "fetch", "stream", or "none"`,
    );
  });
});

describe('readStreamingOptions', () => {
  it.each([
    { argv: [], differs: {} },
    { argv: ['--no-slot'], differs: { slot: { kind: 'none' } } },
    { argv: ['-S', 'nightly'], differs: { slot: { kind: 'existing', name: 'nightly' } } },
    { argv: ['-Snightly', '-C'], differs: { slot: { kind: 'create', name: 'nightly' } } },
    { argv: ['-CS', 'nightly'], differs: { slot: { kind: 'create', name: 'nightly' } } },
    { argv: ['-s', '3'], differs: { statusIntervalS: 3 } },
    { argv: ['-s0'], differs: { statusIntervalS: 0 } },
    { argv: ['--wal-spool=64MB'], differs: { spoolBytes: 64 * 1024 ** 2 } },
    { argv: ['--wal-spool', '2 GB'], differs: { spoolBytes: 2 * 1024 ** 3 } },
    { argv: ['--wal-spool=65536'], differs: { spoolBytes: 65536 } },
  ])('reads $argv', ({ argv, differs }) => {
    expect(streaming(argv)).toEqual({ ...DEFAULTS, ...differs });
  });

  it.each([['-Xfetch'], ['-Xnone']])('says nothing under %s', (option) => {
    expect(streaming([option])).toBeUndefined();
  });

  it.each([
    { argv: ['--no-slot', '-S', 'a'], complaint: '--no-slot cannot be used with slot name' },
    { argv: ['-C'], complaint: '--create-slot needs a slot to be specified using --slot' },
    { argv: ['-S', 'a', '-Xf'], complaint: 'replication slots can only be used with WAL streaming' },
    { argv: ['-s', '1s'], complaint: 'invalid value "1s" for option -s/--status-interval' },
    { argv: ['-s', '-1'], complaint: '-s/--status-interval must be in range 0..2147483' },
    { argv: ['-s', '2147484'], complaint: '-s/--status-interval must be in range 0..2147483' },
    { argv: ['--wal-spool=1mb'], complaint: 'invalid value "1mb" for option --wal-spool' },
    { argv: ['--wal-spool=63kB'], complaint: '--wal-spool must be at least 64kB' },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => streaming(argv)).toThrow(UsageError);
    expect(() => streaming(argv)).toThrow(complaint);
  });
});
