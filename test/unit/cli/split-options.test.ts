import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../lib/cli/options.ts';
import { readSplitTask, SPLIT_OPTIONS, type SplitTask } from '../../../lib/cli/split-options.ts';
import { UsageError } from '../../../lib/cli/trouble.ts';

const task = (argv: readonly string[]): SplitTask => readSplitTask(parseArguments(SPLIT_OPTIONS, argv));

const TAR: SplitTask = {
  kind: 'tar',
  directory: '/backup',
  mappings: [],
  clean: true,
  sync: true,
  progress: 'none',
};
const PLAIN: SplitTask = { ...TAR, kind: 'plain' };

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
      wanted: { ...PLAIN, mappings: ['/a=/b', '/c\\=1=/d'] },
    },
    { argv: ['-Fp', '-D/backup', '--waldir=/wal'], wanted: { ...PLAIN, waldir: '/wal' } },
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
    { argv: ['-D/b', '--json'], complaint: '--json needs --list' },
    { argv: ['-D/b', '-T/a=/b'], complaint: 'tablespaces can be relocated in plain format (-Fp) only' },
    {
      argv: ['-D/b', '--waldir=/wal'],
      complaint: 'WAL directory location can only be specified in plain mode',
    },
    {
      argv: ['-Fp', '-D/b', '--waldir=wal'],
      complaint: 'WAL directory location must be an absolute path',
    },
    { argv: ['--list', '-D/b'], complaint: '--list writes nothing and does not go with --pgdata' },
    { argv: ['--list', '-Fp'], complaint: '--list writes nothing and does not go with --format' },
    {
      argv: ['--list', '-T/a=/b'],
      complaint: '--list writes nothing and does not go with --tablespace-mapping',
    },
    { argv: ['/b'], complaint: 'too many command-line arguments (first is "/b")' },
    { argv: ['-D/b', '-'], complaint: 'too many command-line arguments (first is "-")' },
    {
      argv: ['-D/b', '--progress=xml'],
      complaint: 'invalid form of progress "xml", must be "json" if given',
    },
  ])('refuses $argv', ({ argv, complaint }) => {
    expect(() => task(argv)).toThrow(new UsageError(complaint));
  });
});
