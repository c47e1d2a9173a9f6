/** All forms of mappings, on locations of all kinds. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { chooseDestinations, insistOnRoom } from '../../../lib/tablespaces/destinations.ts';
import type { Mapping } from '../../../lib/tablespaces/mapping.ts';
import { parseArguments } from '../../../lib/tool/options.ts';
import { RELOCATE_OPTIONS } from '../../../lib/tool/relocate/relocate-options.ts';
import { readRelocateTask } from '../../../lib/tool/relocate/relocate-task.ts';

function mappings(argv: readonly string[]): readonly Mapping[] {
  const task = readRelocateTask(parseArguments(RELOCATE_OPTIONS, argv));
  return task.kind === 'relocate' ? task.mappings : [];
}

/** Tablespaces with OIDs from 1 on. */
const at = (locations: readonly string[]) =>
  locations.map((location, index) => ({ oid: index + 1, location }));

function targets(argv: readonly string[], locations: readonly string[]): string[] {
  const destinations = chooseDestinations(at(locations), mappings(argv));
  insistOnRoom(destinations);
  return destinations.map(({ target }) => target);
}

const LONG = `/${'l'.repeat(969)}`;

describe('mappings', () => {
  it.each([
    { argv: ['-T', '/a=/b'], from: ['/a', '/c'], to: ['/b', '/c'] },
    { argv: ['-T/a=/b', '--tablespace-mapping=/c=/d'], from: ['/a', '/c'], to: ['/b', '/d'] },
    { argv: ['-T', '/a=/c', '-T', '/c=/a'], from: ['/a', '/c'], to: ['/c', '/a'] },
    { argv: ['-T', '/a=/a'], from: ['/a'], to: ['/a'] },
    { argv: ['-T', '//a/./x/..//=/b//c/'], from: ['/a'], to: ['/b/c'] },
    { argv: ['-T', '/a=/a/b'], from: ['/a'], to: ['/a/b'] },
    { argv: ['-T', '/a b=/c  d '], from: ['/a b'], to: ['/c  d '] },
    { argv: ['-T', '/a\\=b=/c\\=\\=d'], from: ['/a=b'], to: ['/c==d'] },
    { argv: ['-T', '/a\\b=/c\\\\d'], from: ['/a\\b'], to: ['/c\\\\d'] },
    { argv: ['-T', '/a\\nb=/c d'], from: ['/a\\nb'], to: ['/c d'] },
    { argv: ['-T', '/größe=/漢字\u{1f418}'], from: ['/größe'], to: ['/漢字\u{1f418}'] },
    { argv: ['-T', `/a=${LONG}`], from: ['/a'], to: [LONG] },
    { argv: ['-T', `${LONG}=/a`], from: [LONG], to: ['/a'] },
    { argv: ['--oid', '2=/x'], from: ['/a', '/b'], to: ['/a', '/x'] },
    { argv: ['--oid=2=/x\\=y', '--oid=1=/z'], from: ['/a', '/b'], to: ['/z', '/x=y'] },
    { argv: ['--prefix', '/ssd=/hdd'], from: ['/ssd/a', '/ssd/b/c'], to: ['/hdd/a', '/hdd/b/c'] },
    { argv: ['--prefix', '/ssd=/hdd'], from: ['/ssd', '/ssd2', '/x/ssd'], to: ['/hdd', '/ssd2', '/x/ssd'] },
    { argv: ['--prefix', '/ssd=/'], from: ['/ssd/a'], to: ['/a'] },
    { argv: ['--prefix', '/=/mnt'], from: ['/a', '/b c/d'], to: ['/mnt/a', '/mnt/b c/d'] },
    { argv: ['--prefix', '/s\\=s=/h'], from: ['/s=s/t=u\\v w'], to: ['/h/t=u\\v w'] },
    { argv: ['--all-into', '/mnt/'], from: ['/a', '/b'], to: ['/mnt/1', '/mnt/2'] },
    { argv: ['--all-into=/m=n'], from: ['/a'], to: ['/m=n/1'] },
    { argv: ['--all-into=/x', '--all-into=/y'], from: ['/a'], to: ['/y/1'] },
    { argv: ['--all-into=/mnt'], from: ['/a', 'pg_tblspc/2'], to: ['/mnt/1', 'pg_tblspc/2'] },
    { argv: ['--prefix=/=/mnt'], from: ['/a', 'pg_tblspc/2'], to: ['/mnt/a', 'pg_tblspc/2'] },
  ])('$argv', ({ argv, from, to }) => {
    expect(targets(argv, from)).toEqual(to);
  });

  it('count in this order: OID, directory, longest prefix, all', () => {
    const all = [
      '--all-into=/all',
      '--prefix=/p=/short',
      '--prefix=/p/q=/long',
      '-T/p/q/d=/dir',
      '--oid=4=/oid',
    ];
    const from = ['/x', '/p/x', '/p/q/x', '/p/q/d'];
    expect(targets(all.slice(0, 4), from)).toEqual(['/all/1', '/short/x', '/long/x', '/dir']);
    expect(targets(all, from)).toEqual(['/all/1', '/short/x', '/long/x', '/oid']);
    expect(targets([...all].reverse(), from)).toEqual(['/all/1', '/short/x', '/long/x', '/oid']);
  });
});

describe('mappings that make no sense', () => {
  it.each([
    { argv: [], complaint: 'no tablespace mapping specified' },
    { argv: ['-T', '/a'], complaint: 'invalid tablespace mapping format "/a", must be "OLDDIR=NEWDIR"' },
    { argv: ['-T', '/a=/b=/c'], complaint: 'multiple "=" signs in tablespace mapping' },
    { argv: ['-T', 'a=/b'], complaint: 'old directory is not an absolute path in tablespace mapping: a' },
    { argv: ['-T', '/a=b'], complaint: 'new directory is not an absolute path in tablespace mapping: b' },
    {
      argv: ['--prefix', '/a=b'],
      complaint: 'new directory is not an absolute path in tablespace mapping: b',
    },
    { argv: ['--oid', '1'], complaint: 'invalid tablespace mapping format "1", must be "OID=NEWDIR"' },
    { argv: ['--oid', '=/a'], complaint: 'invalid tablespace mapping format "=/a", must be "OID=NEWDIR"' },
    { argv: ['--oid', '1=a'], complaint: 'new directory is not an absolute path in tablespace mapping: a' },
    { argv: ['--oid', '/a=/b'], complaint: 'invalid OID "/a" in tablespace mapping' },
    { argv: ['--oid', '0=/b'], complaint: 'invalid OID "0" in tablespace mapping' },
    { argv: ['--oid', '01=/b'], complaint: 'invalid OID "01" in tablespace mapping' },
    { argv: ['--oid', '4294967296=/b'], complaint: 'invalid OID "4294967296" in tablespace mapping' },
    {
      argv: ['--all-into', 'a'],
      complaint: 'new directory is not an absolute path in tablespace mapping: a',
    },
    { argv: ['--all-into='], complaint: 'new directory is not an absolute path in tablespace mapping: ' },
    {
      argv: ['--list', '-T/a=/b'],
      complaint: '--list relocates nothing and does not go with --tablespace-mapping',
    },
    { argv: ['--list', '--oid=1=/b'], complaint: '--list relocates nothing and does not go with --oid' },
    { argv: ['backup', '/a=/b'], complaint: 'too many command-line arguments (first is "/a=/b")' },
  ])('$argv', ({ argv, complaint }) => {
    expect(() => mappings(argv)).toThrow(expect.objectContaining({ name: 'UsageError', message: complaint }));
  });
});

describe('mappings that do not fit the backup', () => {
  const FROM = ['/a', '/b/c', 'pg_tblspc/3'];

  it.each([
    { argv: ['-T', '/x=/y'], complaint: 'no tablespace of the backup is in directory "/x"' },
    { argv: ['-T', '/b=/y'], complaint: 'no tablespace of the backup is in directory "/b"' },
    { argv: ['-T', '/a=/y', '-T', '/b/=/y'], complaint: 'no tablespace of the backup is in directory "/b"' },
    { argv: ['--oid', '4=/y'], complaint: 'no tablespace of the backup has OID 4' },
    {
      argv: ['--prefix', '/b/c/d=/y'],
      complaint: 'no tablespace of the backup is in or below directory "/b/c/d"',
    },
    { argv: ['-T', '/a=/x', '-T', '/a/=/y'], complaint: 'directory "/a" is mapped twice' },
    { argv: ['--oid', '1=/x', '--oid', '1=/x'], complaint: 'OID 1 is mapped twice' },
    { argv: ['--prefix', '/b=/x', '--prefix', '/b=/y'], complaint: 'prefix "/b" is mapped twice' },
    { argv: ['--oid', '3=/x'], complaint: 'could not move tablespace 3' },
    { argv: ['--oid', `1=${LONG}l`], complaint: 'new location of tablespace 1 is too long' },
    {
      argv: ['-T', '/a=/gr\ufffd\ufffde'],
      complaint: 'new location of tablespace 1 is not encoded in UTF-8',
    },
    { argv: ['-T', '/a=/b/c'], complaint: 'tablespace 2 would share a directory with tablespace 1' },
    {
      argv: ['-T', '/a=/x', '-T', '/b/c=/x'],
      complaint: 'tablespace 2 would share a directory with tablespace 1',
    },
    { argv: ['-T', '/a=/b/c/d'], complaint: 'tablespace 1 would lie in that of tablespace 2' },
    { argv: ['-T', '/a=/b'], complaint: 'tablespace 2 would lie in that of tablespace 1' },
    { argv: ['-T', '/a=/'], complaint: 'tablespace 2 would lie in that of tablespace 1' },
    {
      argv: ['--all-into', '/a', '-T', '/a=/a'],
      complaint: 'tablespace 2 would lie in that of tablespace 1',
    },
  ])('$argv', ({ argv, complaint }) => {
    expect(() => targets(argv, FROM)).toThrow(complaint);
    expect(() => targets(argv, FROM)).toThrow(TroubleError);
  });

  it('says what there is', () => {
    const detail = 'The tablespaces of the backup: 1 at "/a", 2 at "/b/c", 3 at "pg_tblspc/3".';
    expect(() => targets(['-T', '/x=/y'], FROM)).toThrow(expect.objectContaining({ detail }));
    const nothing = expect.objectContaining({ detail: 'The backup has no tablespaces.' });
    for (const argv of [['-T', '/x=/y'], ['--oid=1=/x'], ['--prefix=/=/x'], ['--all-into=/x']]) {
      expect(() => targets(argv, [])).toThrow(nothing);
    }
    expect(() => targets(['--all-into=/x'], ['pg_tblspc/1'])).toThrow('no tablespaces that could be moved');
  });

  it('are told in the names of both directories', () => {
    const detail = 'The directories are "/b/c/d" and "/b/c".';
    expect(() => targets(['-T', '/a=/b/c/d'], FROM)).toThrow(expect.objectContaining({ detail }));
  });
});

describe('tablespaces', () => {
  it('may lie in one another as long as they stay there', () => {
    expect(targets(['-T', '/x=/y'], ['/a', '/a/b', '/x'])).toEqual(['/a', '/a/b', '/y']);
    expect(() => targets(['-T', '/x=/a/c'], ['/a', '/a/b', '/x'])).toThrow('tablespace 3 would lie in');
  });

  it('may have names that begin alike', () => {
    expect(targets(['-T', '/x=/a-1'], ['/a', '/x', '/a1'])).toEqual(['/a', '/a-1', '/a1']);
  });

  it.each([
    {
      location: 'pg_tblspc/2',
      error: BackupError,
      message: /has a location that is not absolute: "pg_tblspc\/2"/,
    },
    { location: 'ts', error: BackupError, message: /has a location that is not absolute: "ts"/ },
    {
      location: '/gr\ufffdn',
      error: TroubleError,
      message: /^location of tablespace 1 is not encoded in UTF-8/,
    },
  ])('are not at "$location"', ({ location, error, message }) => {
    expect(() => targets(['--oid=1=/x'], [location])).toThrow(message);
    expect(() => targets(['--oid=1=/x'], [location])).toThrow(error);
  });
});
