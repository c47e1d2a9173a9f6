import { describe, expect, it } from 'vitest';
import type { MemberKind } from '../../../lib/tar/member.ts';
import { MemberNames } from '../../../lib/tar/member-names.ts';

const SECOND = 'is present in archive "base.tar" a second time';
const BELOW = 'lies below a file in archive "base.tar"';

/** Paths as tar(1) lists them: a directory ends with a slash, a link with "->". */
function complaints(listed: readonly string[]): (string | undefined)[] {
  const names = new MemberNames('base.tar');
  return listed.map((name) => {
    const kind: MemberKind = name.endsWith('/') ? 'directory' : name.endsWith('->') ? 'symlink' : 'file';
    return names.add(name.replace(/(?:\/|->)$/, ''), kind);
  });
}

describe('MemberNames', () => {
  it.each([
    { name: 'a tree', listed: ['./', 'a', 'b/', 'b/c', 'b/d/', 'b/d/e', 'f'] },
    { name: 'files before their directories', listed: ['b/d/e', 'b/d/', 'b/c', 'b/', 'b/f'] },
    { name: 'names that begin alike', listed: ['a', 'a.b', 'ab/', 'ab/a', 'a-/a'] },
  ])('accept $name', ({ listed }) => {
    expect(complaints(listed).filter((complaint) => complaint !== undefined)).toEqual([]);
  });

  it.each([
    { listed: ['a', 'a'], complaint: SECOND },
    { listed: ['a/', 'a/'], complaint: SECOND },
    { listed: ['a', 'a/'], complaint: SECOND },
    { listed: ['a/', 'a'], complaint: SECOND },
    { listed: ['a->', 'a'], complaint: SECOND },
    { listed: ['a/b', 'a'], complaint: SECOND },
    { listed: ['a', 'a/b'], complaint: BELOW },
    { listed: ['a', 'a/b/'], complaint: BELOW },
    { listed: ['a', 'c', 'a/b/c/d'], complaint: BELOW },
    { listed: ['a->', 'a/b'], complaint: BELOW },
  ])('refuse the last of $listed', ({ listed, complaint }) => {
    const all = complaints(listed);
    expect(all.pop()).toBe(complaint);
    expect(all.every((earlier) => earlier === undefined)).toBe(true);
  });

  it('go on after a complaint', () => {
    expect(complaints(['a', 'a/b', 'a/b', 'c'])).toEqual([undefined, BELOW, BELOW, undefined]);
  });
});
