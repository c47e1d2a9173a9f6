import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../../lib/tool/options.ts';
import { SPLIT_OPTIONS } from '../../../../lib/tool/split/split-options.ts';
import { readSplitTask, type SplitTask } from '../../../../lib/tool/split/split-task.ts';

const task = (argv: readonly string[]): SplitTask => readSplitTask(parseArguments(SPLIT_OPTIONS, argv));

const STORED = { directory: '/backup', clean: true, sync: true, progress: 'none' } as const;
const TAR: SplitTask = { kind: 'tar', ...STORED };
const PLAIN: SplitTask = {
  kind: 'plain',
  ...STORED,
  mappings: [],
  only: [],
  exclude: [],
  sparse: false,
};

describe('readSplitTask', () => {
  it.each([
    { argv: ['-D', '/backup'], wanted: TAR },
    { argv: ['-D/backup', '-Ft'], wanted: TAR },
    { argv: ['-D/backup', '--format=tar'], wanted: TAR },
    { argv: ['-D/backup', '-Fp'], wanted: PLAIN },
    { argv: ['-D/backup', '-F', 'plain'], wanted: PLAIN },
    { argv: ['-D/backup', '-Ft', '-Fp'], wanted: PLAIN },
    { argv: ['-D/old', '-D/backup'], wanted: TAR },
    { argv: ['-D/backup', '-n'], wanted: { ...TAR, clean: false } },
    { argv: ['-D/backup', '-N'], wanted: { ...TAR, sync: false } },
    { argv: ['-nNPvD/backup'], wanted: { ...TAR, clean: false, sync: false, progress: 'text' } },
    { argv: ['-D/backup', '--progress=json'], wanted: { ...TAR, progress: 'json' } },
    {
      argv: ['-Fp', '-D/backup', '-T/a=/b', '-T', '/c\\=1=/d'],
      wanted: {
        ...PLAIN,
        mappings: [
          { from: '/a', to: '/b' },
          { from: '/c=1', to: '/d' },
        ],
      },
    },
    { argv: ['-Fp', '-D/backup', '--waldir=/wal'], wanted: { ...PLAIN, waldir: '/wal' } },
    {
      argv: ['-Fp', '-D/backup', '--only=base/1/*', '--only', 'global/**', '--exclude=*.old'],
      wanted: { ...PLAIN, only: ['base/1/*', 'global/**'], exclude: ['*.old'] },
    },
    { argv: ['-Fp', '-D/backup', '--owner=postgres'], wanted: { ...PLAIN, owner: { user: 'postgres' } } },
    {
      argv: ['-Fp', '-D/backup', '--owner', 'postgres:backup', '--sparse'],
      wanted: { ...PLAIN, owner: { user: 'postgres', group: 'backup' }, sparse: true },
    },
    {
      argv: ['--filter', 'gzip >$FILE.gz'],
      wanted: { kind: 'filter', command: 'gzip >$FILE.gz', progress: 'none' },
    },
    {
      argv: ['-P', '--to-stdout=base.tar'],
      wanted: { kind: 'stdout', name: 'base.tar', progress: 'text' },
    },
    { argv: ['-D', 's3://b/p', '-j8'], wanted: { ...TAR, directory: 's3://b/p', jobs: 8 } },
    { argv: ['--list'], wanted: { kind: 'list', json: false, progress: 'none' } },
    { argv: ['--list', '--json', '-P'], wanted: { kind: 'list', json: true, progress: 'text' } },
    { argv: ['--list', '-nN'], wanted: { kind: 'list', json: false, progress: 'none' } },
  ])('reads $argv', ({ argv, wanted }) => {
    expect(task(argv)).toEqual(wanted);
  });

  it.each([
    { argv: [], complaint: 'no target directory specified' },
    { argv: ['-D', ''], complaint: 'no target directory specified' },
    { argv: ['-D/b', '-F', 'x'], complaint: 'invalid output format "x", must be "plain" or "tar"' },
    { argv: ['-D/b', '--format='], complaint: 'invalid output format "", must be "plain" or "tar"' },
    { argv: ['-D/b', '-j2'], complaint: '--jobs goes with an object store only' },
    { argv: ['-Ds3://b/p', '-j0'], complaint: '-j/--jobs must be in range 1..64' },
    { argv: ['-Ds3://b/p', '-Fp'], complaint: 'cannot write to an object store in plain format' },
    { argv: ['-Ds3://b/p', '-n'], complaint: '--no-clean does not go with an object store' },
    { argv: ['-D/b', '--json'], complaint: '--json needs --list' },
    { argv: ['-D/b', '-T/a=/b'], complaint: '--tablespace-mapping can only be specified in plain mode' },
    { argv: ['-D/b', '--waldir=/wal'], complaint: '--waldir can only be specified in plain mode' },
    { argv: ['-D/b', '--only=x'], complaint: '--only can only be specified in plain mode' },
    { argv: ['-D/b', '--sparse'], complaint: '--sparse can only be specified in plain mode' },
    {
      argv: ['-Fp', '-D/b', '--waldir=wal'],
      complaint: 'WAL directory location must be an absolute path',
    },
    { argv: ['-Fp', '-D/b', '--only='], complaint: 'empty pattern specified with --only' },
    {
      argv: ['-Fp', '-D/b', '--exclude=x', '--exclude='],
      complaint: 'empty pattern specified with --exclude',
    },
    ...['--only', '--exclude'].map((option) => ({
      argv: ['-Fp', '-D/b', option, 'base', option, '/base'],
      complaint: 'pattern "/base" is not relative to the data directory',
    })),
    {
      argv: ['-Fp', '-D/b', '-T/a'],
      complaint: 'invalid tablespace mapping format "/a", must be "OLDDIR=NEWDIR"',
    },
    {
      argv: ['-Fp', '-D/b', '--only=x', '--waldir=/wal'],
      complaint: '--only and --waldir are incompatible options',
    },
    {
      argv: ['-Fp', '-D/b', '--only=x', '-T/a=/b'],
      complaint: '--only and --tablespace-mapping are incompatible options',
    },
    ...['', ':group', 'user:', 'user:group:more'].map((owner) => ({
      argv: ['-Fp', '-D/b', `--owner=${owner}`],
      complaint: `invalid owner "${owner}", must be "USER" or "USER:GROUP"`,
    })),
    { argv: ['--filter='], complaint: 'no command specified' },
    { argv: ['--to-stdout', ''], complaint: 'no archive or file specified' },
    { argv: ['--list', '-D/b'], complaint: '--list and --pgdata are incompatible options' },
    { argv: ['--list', '-Fp'], complaint: '--list and --format are incompatible options' },
    { argv: ['--list', '-T/a=/b'], complaint: '--list and --tablespace-mapping are incompatible options' },
    { argv: ['--list', '--filter=cat'], complaint: '--list and --filter are incompatible options' },
    { argv: ['--filter=cat', '-D/b'], complaint: '--filter and --pgdata are incompatible options' },
    { argv: ['--filter=cat', '--sparse'], complaint: '--filter and --sparse are incompatible options' },
    {
      argv: ['--filter=cat', '--to-stdout=x'],
      complaint: '--to-stdout and --filter are incompatible options',
    },
    { argv: ['--filter=cat', '--json'], complaint: '--json needs --list' },
    { argv: ['--to-stdout=x', '-Ft'], complaint: '--to-stdout and --format are incompatible options' },
    { argv: ['/b', '/c'], complaint: 'too many command-line arguments (first is "/c")' },
    { argv: ['-D/b', '/c', '-'], complaint: 'too many command-line arguments (first is "-")' },
    {
      argv: ['-D/b', '--progress=xml'],
      complaint: 'invalid form of progress "xml", must be "json" if given',
    },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => task(argv)).toThrow(expect.objectContaining({ name: 'UsageError', message: complaint }));
  });
});
