import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/backup/error.ts';
import type { MemberKind } from '../../../lib/tar/member.ts';
import { MemberLedger } from '../../../lib/tar/member-ledger.ts';

type Row = readonly [path: string, kind: MemberKind];

function enter(rows: readonly Row[]): void {
  const ledger = new MemberLedger('base.tar');
  for (const [path, kind] of rows) ledger.add(path, kind);
}

describe('MemberLedger', () => {
  it.each<[string, Row[]]>([
    [
      'members in the order of a server',
      [
        ['base', 'directory'],
        ['base/1', 'directory'],
        ['base/1/2', 'file'],
        ['base/1/3', 'file'],
      ],
    ],
    [
      'files in directories that were not sent',
      [
        ['a/b/c', 'file'],
        ['a/b/d', 'file'],
      ],
    ],
    [
      'a directory that is sent behind its members',
      [
        ['a/b/c', 'file'],
        ['a', 'directory'],
        ['a/b', 'directory'],
      ],
    ],
    [
      'names that begin alike',
      [
        ['a', 'file'],
        ['a.b', 'file'],
        ['ab/c', 'file'],
      ],
    ],
    [
      'the folder itself',
      [
        ['.', 'directory'],
        ['a', 'file'],
      ],
    ],
  ])('takes %s', (_name, rows) => {
    expect(() => enter(rows)).not.toThrow();
  });

  it.each<[string, Row[], string]>([
    [
      'a file twice',
      [
        ['a/b', 'file'],
        ['a/b', 'file'],
      ],
      '"a/b" is there twice',
    ],
    [
      'a directory twice',
      [
        ['a', 'directory'],
        ['a', 'directory'],
      ],
      '"a" is there twice',
    ],
    [
      'an unsent directory twice',
      [
        ['a/b', 'file'],
        ['a', 'directory'],
        ['a', 'directory'],
      ],
      '"a" is there twice',
    ],
    [
      'a link for a file',
      [
        ['a', 'file'],
        ['a', 'symlink'],
      ],
      '"a" is there twice',
    ],
    [
      'a link for a directory',
      [
        ['a', 'directory'],
        ['a', 'symlink'],
      ],
      '"a" is there twice',
    ],
    ['the folder as a link', [['.', 'symlink']], '"." has members below it'],
    [
      'a file below a file',
      [
        ['a', 'file'],
        ['a/b', 'file'],
      ],
      '"a/b" is below "a", a file',
    ],
    [
      'a file below a link',
      [
        ['t/1', 'symlink'],
        ['t/1/x', 'file'],
      ],
      '"t/1/x" is below "t/1", a symlink',
    ],
    [
      'a file far below a link',
      [
        ['t', 'symlink'],
        ['t/1/2/x', 'file'],
      ],
      '"t/1/2/x" is below "t", a symlink',
    ],
    [
      'a link for an unsent directory',
      [
        ['a/b/c', 'file'],
        ['a/b', 'symlink'],
      ],
      '"a/b" has members below it',
    ],
  ])('refuses %s', (_name, rows, complaint) => {
    expect(() => enter(rows)).toThrow(
      new BackupError(`conflicting member in archive "base.tar": ${complaint}`),
    );
  });
});
