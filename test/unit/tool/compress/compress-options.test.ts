import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/errors/trouble.ts';
import { COMPRESS_OPTIONS, readCompressTask } from '../../../../lib/tool/compress/compress-options.ts';
import { parseArguments } from '../../../../lib/tool/options.ts';

const task = (argv: readonly string[]) => readCompressTask(parseArguments(COMPRESS_OPTIONS, argv));

const workers = availableParallelism();
const compress = (settings: object, rest: object = {}) => ({
  kind: 'compress',
  settings: { workers, ...settings },
  strict: false,
  progress: 'none',
  ...rest,
});

describe('readCompressTask', () => {
  it.each([
    { argv: [], expected: compress({ method: 'zstd' }) },
    { argv: ['-Zlz4'], expected: compress({ method: 'lz4' }) },
    {
      argv: ['--compress', 'client-zstd:level=1,long'],
      expected: compress({ method: 'zstd', level: 1, long: true }),
    },
    { argv: ['-Z', '6'], expected: compress({ method: 'gzip', level: 6 }) },
    { argv: ['-z'], expected: compress({ method: 'gzip' }) },
    { argv: ['--gzip'], expected: compress({ method: 'gzip' }) },
    { argv: ['-z', '-Z', '9'], expected: compress({ method: 'gzip', level: 9 }) },
    { argv: ['-Z', 'zstd', '-vz'], expected: compress({ method: 'gzip' }) },
    { argv: ['-j3'], expected: compress({ method: 'zstd', workers: 3 }) },
    { argv: ['-z', '--jobs=256'], expected: compress({ method: 'gzip', workers: 256 }) },
    { argv: ['-Zzstd:workers=2'], expected: compress({ method: 'zstd', workers: 2 }) },
    { argv: ['-Zzstd:workers=0'], expected: compress({ method: 'zstd', workers: 1 }) },
    { argv: ['-Zzstd:workers=1000'], expected: compress({ method: 'zstd', workers: 256 }) },
    { argv: ['-j', '5', '-Zzstd:workers=2'], expected: compress({ method: 'zstd', workers: 5 }) },
    { argv: ['--strict'], expected: compress({ method: 'zstd' }, { strict: true }) },
    { argv: ['-P'], expected: compress({ method: 'zstd' }, { progress: 'text' }) },
    { argv: ['-Znone'], expected: { kind: 'copy', progress: 'none' } },
    { argv: ['-Z0', '--progress=json'], expected: { kind: 'copy', progress: 'json' } },
    { argv: ['-d'], expected: { kind: 'decompress', progress: 'none' } },
    { argv: ['-t'], expected: { kind: 'test', progress: 'none' } },
    { argv: ['-vt'], expected: { kind: 'test', progress: 'none' } },
    { argv: ['-9'], expected: compress({ method: 'zstd', level: 9 }) },
    { argv: ['-19', '-Zzstd:long'], expected: compress({ method: 'zstd', level: 19, long: true }) },
    { argv: ['-z1'], expected: compress({ method: 'gzip', level: 1 }) },
    { argv: ['-v', '--level=12', '-Z', 'lz4'], expected: compress({ method: 'lz4', level: 12 }) },
    { argv: ['-1', '-3'], expected: compress({ method: 'zstd' }) },
    { argv: ['-dP', '-j2'], expected: { kind: 'decompress', progress: 'text' } },
  ])('reads $argv', ({ argv, expected }) => {
    expect(task(argv)).toEqual(expected);
  });

  it.each([
    { argv: ['-j', '0'], complaint: '-j/--jobs must be in range 1..256' },
    { argv: ['-j257'], complaint: '-j/--jobs must be in range 1..256' },
    { argv: ['-j', 'all'], complaint: 'invalid value "all" for option -j/--jobs' },
    { argv: ['-d', '-z'], complaint: '--decompress and --compress are incompatible options' },
    { argv: ['-d', '-Zlz4'], complaint: '--decompress and --compress are incompatible options' },
    { argv: ['-d', '--strict'], complaint: '--decompress and --strict are incompatible options' },
    { argv: ['-t', '-z'], complaint: '--test and --compress are incompatible options' },
    { argv: ['-d', '-9'], complaint: '--decompress and --level are incompatible options' },
    { argv: ['-9', '-Zzstd:5'], complaint: '--level and a level in --compress are incompatible options' },
    {
      argv: ['-z', '-12'],
      complaint:
        'invalid compression specification: compression algorithm "gzip" expects a compression level between 1 and 9 (default at -1)',
    },
    { argv: ['-Z', 'xz'], complaint: 'unrecognized compression algorithm: "xz"' },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => task(argv)).toThrow(new UsageError(complaint));
  });
});
