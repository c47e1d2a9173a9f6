import { describe, expect, it } from 'vitest';
import { NameJudge } from '../../../../lib/verify/judge/names.ts';
import type { FoundName } from '../../../../lib/verify/records/found-backup.ts';
import { Manifest } from '../../../../lib/verify/records/manifest.ts';
import { IgnoreList } from '../../../../lib/verify/shared/ignore-list.ts';
import type { Verification } from '../../../../lib/verify/shared/verification.ts';
import { judgement } from '../judgement.ts';

function manifestOf(sizes: Record<string, number>): Manifest {
  const manifest = new Manifest();
  for (const [path, size] of Object.entries(sizes))
    manifest.file({ path, size, algorithm: 'NONE', checksum: '' });
  return manifest;
}

/** Judges names with a manifest that is known from the beginning, or only at the end. */
function judgeNames(
  found: readonly FoundName[],
  manifest: Manifest,
  verification: Verification,
  known = true,
): NameJudge {
  const judge = new NameJudge(known ? manifest : undefined, verification);
  for (const name of found) judge.found(name);
  judge.end(manifest);
  return judge;
}

const file = (path: string, size: number, archive?: string): FoundName => ({
  type: 'file',
  path,
  size,
  archive,
});
const directory = (path: string, archive?: string): FoundName => ({ type: 'directory', path, archive });
const link = (path: string, archive?: string): FoundName => ({
  type: 'link',
  path,
  target: '/ts',
  leadsTo: () => false,
  archive,
});

describe('NameJudge', () => {
  it.each<{ name: string; found: FoundName[]; complaints: string[] }>([
    { name: 'what the manifest says', found: [file('a', 1)], complaints: [] },
    { name: 'a directory', found: [directory('d'), file('a', 1)], complaints: [] },
    {
      name: 'an extra file on disk',
      found: [file('a', 1), file('b', 2)],
      complaints: ['"b" is present on disk but not in the manifest'],
    },
    {
      name: 'an extra file in an archive',
      found: [file('a', 1, 'base.tar'), file('b', 2, 'base.tar')],
      complaints: ['file "b" is present in archive "base.tar" but not in the manifest'],
    },
    {
      name: 'another size on disk',
      found: [file('a', 2)],
      complaints: ['"a" has size 2 on disk but size 1 in the manifest'],
    },
    {
      name: 'another size in an archive',
      found: [file('a', 2, 'base.tar')],
      complaints: ['file "a" has size 2 in archive "base.tar" but size 1 in the manifest'],
    },
    {
      name: 'nothing',
      found: [],
      complaints: ['"a" is present in the manifest but not on disk'],
    },
    {
      name: 'what is no file',
      found: [file('a', 1), { type: 'special', path: 'pipe', archive: undefined }],
      complaints: ['"pipe" is not a file or directory'],
    },
    {
      name: 'what cannot be read, which then is not missed',
      found: [{ type: 'unreadable', path: 'a', trouble: 'could not stat "a"', archive: undefined }],
      complaints: ['could not stat "a"'],
    },
    {
      name: 'a file in two archives',
      found: [file('a', 1, '1.tar'), file('a', 1, 'base.tar')],
      complaints: ['file "a" is present in archive "base.tar" a second time'],
    },
    {
      name: 'a directory in place of a file of another archive',
      found: [file('a', 1, '1.tar'), directory('a', 'base.tar')],
      complaints: ['file "a" is present in archive "base.tar" a second time'],
    },
    {
      name: 'a file in place of a directory of another archive',
      found: [directory('a', '1.tar'), file('a', 1, 'base.tar')],
      complaints: ['file "a" is present in archive "base.tar" a second time'],
    },
    {
      name: 'a WAL file in two archives, of which no manifest knows',
      found: [file('a', 1, 'base.tar'), file('pg_wal/x', 1, 'base.tar'), file('pg_wal/x', 1, 'pg_wal.tar')],
      complaints: ['file "pg_wal/x" is present in archive "pg_wal.tar" a second time'],
    },
    {
      name: 'a link of a tablespace',
      found: [file('a', 1, 'base.tar'), link('pg_tblspc/1', 'base.tar')],
      complaints: [],
    },
    {
      name: 'a link elsewhere',
      found: [file('a', 1, 'base.tar'), link('base/1', 'base.tar')],
      complaints: ['symbolic link "base/1" in archive "base.tar" is none that a server sends'],
    },
    {
      name: 'a link twice',
      found: [file('a', 1, 'base.tar'), link('pg_tblspc/1', 'base.tar'), link('pg_tblspc/1', '1.tar')],
      complaints: ['symbolic link "pg_tblspc/1" in archive "1.tar" is none that a server sends'],
    },
  ])('judges $name', ({ found, complaints: expected }) => {
    for (const known of [true, false]) {
      const { verification, complaints } = judgement();
      judgeNames(found, manifestOf({ a: 1 }), verification, known);
      expect(complaints).toEqual(expected);
    }
  });

  it('gives the files that are worth reading', () => {
    const { verification, statistics } = judgement({ ignore: new IgnoreList(['ignored']) });
    const manifest = manifestOf({ a: 1, longer: 1, twice: 1, missing: 1, ignored: 1, b: 1 });
    const found = [
      file('b', 1),
      file('a', 1),
      file('longer', 2),
      file('twice', 1),
      file('twice', 1),
      file('ignored', 1),
    ];
    const names = judgeNames(found, manifest, verification);
    expect([...names.values()].map(({ path }) => path)).toEqual(['a', 'b']);
    const wanted = ['a', 'b', 'longer', 'twice', 'missing', 'ignored', 'other'].filter(
      (path) => names.get(path) !== undefined,
    );
    expect(wanted).toEqual(['a', 'b']);
    expect(statistics.files.bytes).toBeGreaterThan(0);
  });

  it('says nothing of what is ignored', () => {
    const { verification, complaints } = judgement({ ignore: new IgnoreList(['x', 'a']) });
    const found: FoundName[] = [
      file('x/extra', 1),
      { type: 'special', path: 'x/pipe', archive: undefined },
      { type: 'unreadable', path: 'x/y', trouble: 'could not open', archive: undefined },
      { type: 'misplaced', path: 'x', complaint: 'is not a regular file', archive: undefined },
      link('x/link', 'base.tar'),
    ];
    judgeNames(found, manifestOf({ a: 1 }), verification);
    expect(complaints).toEqual([]);
  });
});
