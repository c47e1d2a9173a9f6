/** Headers of members with extensions, as GNU tar, bsdtar and Python write them, in whole archives and any cuts. */

import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TarEditor } from '../../../lib/tar/editor.ts';
import { readMemberOwner } from '../../../lib/tar/member.ts';
import { ReplacedFile, RetargetedLink, RewrittenFile } from '../../../lib/tar/member-edits.ts';
import { TarReader } from '../../../lib/tar/reader.ts';
import { CUTS, randomFrom, randomly } from '../../support/rechunk.ts';
import { directory, file, gnuLong, header, packed, patched, pax, paxRecord, symlink, tar } from './build.ts';
import { isInOrder, readAll } from './read.ts';

const SIZE = 124;
const LONG = `base/${'n'.repeat(300)}`;
const TARGET = `/srv/${'t'.repeat(300)}`;
const BLOCK = 512;

describe('TarReader, of extensions', () => {
  it.each<[string, readonly Buffer[], object]>([
    ['path', [pax([paxRecord('path', LONG)]), file('short', 'x')], { path: LONG, size: 1 }],
    ['path of bytes', [pax([paxRecord('path', Buffer.of(0x61, 0xe9))]), file('a?', '')], { path: 'a\udce9' }],
    ['path of a file without a name', [pax([paxRecord('path', 'a')]), file('', '')], { path: 'a' }],
    ['larger size', [pax([paxRecord('size', '700')]), sized(0, 700)], { size: 700 }],
    ['smaller size', [pax([paxRecord('size', '0')]), header({ path: 'x', size: 700 })], { size: 0 }],
    ['size in place of what is none', [pax([paxRecord('size', '3')]), oddSize(3)], { size: 3 }],
    ['linkpath', [pax([paxRecord('linkpath', TARGET)]), symlink('l', '/x')], { linkTarget: TARGET }],
    ['mtime', [pax([paxRecord('mtime', '-1.25')]), file('x', '')], { mtime: -2 }],
    [
      'the last of two',
      [pax([paxRecord('path', 'a'), paxRecord('path', 'b')]), file('x', '')],
      { path: 'b' },
    ],
    ['an empty one', [pax([paxRecord('path', 'a'), paxRecord('path', '')]), file('x', '')], { path: 'x' }],
    ['no record', [pax([]), file('x', '')], { path: 'x' }],
    [
      'what is ignored',
      [pax([paxRecord('comment', 'c'), paxRecord('SCHILY.xattr.user.x', '\0')]), file('x', '')],
      { path: 'x' },
    ],
    ['global comments', [comment(), comment(), pax([paxRecord('path', 'a')]), file('x', '')], { path: 'a' }],
    ['GNU name', [gnuLong('L', LONG), file('short', 'x')], { path: LONG, size: 1 }],
    ['GNU name without NUL', [file('././@LongLink', LONG, { type: 'L' }), file('short', '')], { path: LONG }],
    ['GNU target', [gnuLong('K', TARGET), symlink('l', '/x')], { path: 'l/', linkTarget: TARGET }],
    [
      'GNU name and target',
      [gnuLong('K', TARGET), gnuLong('L', LONG), symlink('l', '/x')],
      { path: LONG, linkTarget: TARGET },
    ],
    [
      'the longest',
      [pax([paxRecord('comment', 'c'.repeat(64_000))]), file('x', 'y')],
      { path: 'x', size: 1 },
    ],
  ])('reads %s', async (_name, member, expected) => {
    const archive = tar(file('before', 'b'), ...member, file('after', 'a'), directory('base'));
    for (const { cut } of archive.length < 10_000 ? CUTS : CUTS.slice(0, 1)) {
      const read = await readAll(archive, cut);
      expect(read.error).toBeUndefined();
      expect(read.members[1]?.member).toMatchObject(expected);
      expect(read.members.map((each) => each.member.path).toSpliced(1, 1)).toEqual([
        'before',
        'after',
        'base/',
      ]);
      expect(isInOrder(read)).toBe(true);
      expect(read.bytes.equals(archive)).toBe(true);
      expect(read.offset).toBe(archive.length);
    }
  });

  it('reads what tar-stream makes of long names and targets', async () => {
    const name = `base/${'größe'.repeat(60)}`;
    const { members, error } = await readAll(
      await packed([
        { name, bytes: Buffer.from('x') },
        { name: 'l', type: 'symlink', linkname: TARGET },
      ]),
    );
    expect(error).toBeUndefined();
    expect(members.map(({ member }) => [member.path, member.linkTarget])).toEqual([
      [name, undefined],
      ['l', TARGET],
    ]);
  });

  it('knows the owner by a name that is longer than its field', () => {
    const records = [paxRecord('uname', 'u'.repeat(40)), paxRecord('gname', 'größe')];
    const bytes = Buffer.concat([pax(records), header({ path: 'x' })]);
    const place = { archive: 'base.tar', offset: 0 };
    expect(readMemberOwner(bytes, place)).toEqual({ user: 'u'.repeat(40), group: 'größe' });
    expect(readMemberOwner(header({ path: 'x' }), place)).toEqual({ user: 'postgres', group: 'postgres' });
  });

  it.each<[string, readonly Buffer[], string]>([
    [
      'a sparse file',
      [pax([paxRecord('path', 'a'), paxRecord('GNU.sparse.major', '1')]), file('x', '')],
      'member "a" has the pax keyword "GNU.sparse.major", which is not supported',
    ],
    [
      'an unknown keyword',
      [pax([paxRecord('a\nb', '')]), file('x', '')],
      'member "x" has the pax keyword "a\\nb", which is not supported',
    ],
    [
      'a path for all',
      [pax([paxRecord('path', 'a')], 'g'), file('x', '')],
      'member "x" has the pax keyword "path" in a global header, which is not supported',
    ],
    ['a size of letters', [pax([paxRecord('size', '0x1')]), file('x', '')], 'member "x" has an invalid size'],
    [
      'an immense size',
      [pax([paxRecord('size', '1125899906842625')]), file('x', '')],
      'member "x" has an invalid size',
    ],
    ['a negative size', [pax([paxRecord('size', '-1')]), file('x', '')], 'member "x" has an invalid size'],
    [
      'a directory with contents',
      [pax([paxRecord('size', '1')]), directory('x')],
      'member "x/" is a directory, but has contents',
    ],
    [
      'a time of letters',
      [pax([paxRecord('mtime', 'now')]), file('x', '')],
      'member "x" has an invalid time',
    ],
    [
      'a malformed record',
      [pax([Buffer.from('13 path=a/b\n')]), file('x', '')],
      'malformed record in an extended header of pax',
    ],
    [
      'a malformed global record',
      [pax([Buffer.from('x')], 'g'), file('x', '')],
      'malformed record in an extended header of pax',
    ],
    ['a NUL in a path', [pax([paxRecord('path', 'a\0b')]), file('x', '')], 'NUL in an extended header'],
    ['a NUL in a long name', [gnuLong('L', 'a\0b'), file('x', '')], 'NUL in an extended header'],
    ['an empty long name', [gnuLong('L', ''), file('x', '')], 'member without a name'],
    [
      'a link to nowhere',
      [gnuLong('K', ''), symlink('x', '/y')],
      'member "x/" is a symbolic link to nowhere',
    ],
    [
      'two headers in a row',
      [pax([paxRecord('path', 'a')]), pax([paxRecord('path', 'b')]), file('x', '')],
      'extended headers that do not belong together',
    ],
    [
      'two long names',
      [gnuLong('L', 'a'), gnuLong('L', 'b'), file('x', '')],
      'extended headers that do not belong together',
    ],
    [
      'GNU and pax',
      [gnuLong('L', 'a'), pax([paxRecord('path', 'b')]), file('x', '')],
      'extended headers that do not belong together',
    ],
    [
      'a global header after one',
      [pax([]), comment(), file('x', '')],
      'extended headers that do not belong together',
    ],
    ['no member', [pax([paxRecord('path', 'a')])], 'extended header without a member'],
    ['no member after a global one', [comment()], 'extended header without a member'],
    [
      'a hard link',
      [pax([paxRecord('path', 'a')]), header({ path: 'x', type: '1' })],
      'member "a" is a hard link, which is not supported',
    ],
    [
      'too long a header',
      [pax([paxRecord('comment', 'c'.repeat(64 * 1024))]), file('x', '')],
      'extended header that is invalid or longer than 65536 bytes',
    ],
    [
      'too many headers',
      [...Array.from({ length: 64 }, comment), file('x', '')],
      'extended header that is invalid or longer than 65536 bytes',
    ],
    [
      'a header without a size',
      [patched(pax([]), SIZE, 'x'), file('x', '')],
      'extended header that is invalid or longer than 65536 bytes',
    ],
    [
      'a changed header',
      [Buffer.from(pax([])).fill('y', 3, 4), file('x', '')],
      'checksum of a member header does not match',
    ],
    [
      'a changed member',
      [pax([]), Buffer.from(file('x', '')).fill('y', 3, 4)],
      'checksum of a member header does not match',
    ],
  ])('refuses %s', async (_name, member, complaint) => {
    const archive = tar(file('before', 'b'), ...member);
    for (const { cut } of archive.length < 10_000 ? CUTS : CUTS.slice(0, 1)) {
      const { error, types } = await readAll(archive, cut);
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ message: `malformed archive "base.tar": ${complaint}` });
      expect(types).toMatch(/^hc+t$/);
    }
  });

  it('knows every truncation', async () => {
    const archive = tar(pax([paxRecord('path', LONG)]), file('x', 'y'), gnuLong('L', LONG), file('x', 'z'));
    for (let length = 0; length < archive.length; length += 97) {
      const { error } = await readAll(archive.subarray(0, length), randomly(length, 600));
      expect(error).toMatchObject({ message: 'archive "base.tar" is cut short' });
    }
    expect((await readAll(archive.subarray(0, 1024))).error).toMatchObject({
      detail: 'It ended after 1024 bytes, in the header of a member.',
    });
  });

  it('holds no more than a header, whatever sizes it is told', () => {
    const reader = new TarReader('base.tar');
    const endless = header({ path: 'x', type: 'x', size: 8 ** 11 - 1 });
    expect(() => [...reader.push(endless)]).toThrow('longer than 65536 bytes');
  });

  it('never hangs, and throws nothing but BackupError, however extensions are damaged', async () => {
    const good = tar(
      comment(),
      pax([paxRecord('path', LONG), paxRecord('size', '2')]),
      file('x', 'yz'),
      gnuLong('L', 'a'),
      file('x', 'z'),
    );
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomFrom(seed);
      const damaged = Buffer.from(good);
      for (let count = random(3); count >= 0; count--) damaged[random(damaged.length)] = random(256);
      const { error, bytes } = await readAll(damaged, randomly(seed, 2000));
      if (error === undefined) expect(bytes.equals(damaged)).toBe(true);
      else expect(error).toBeInstanceOf(BackupError);
    }
  });
});

describe('TarEditor, of extensions', () => {
  const edit = (archive: Buffer, path: string, make: () => ReplacedFile | RetargetedLink | RewrittenFile) => {
    const editor = new TarEditor('base.tar', {
      member: (member) => (member.path === path ? make() : undefined),
      end: () => {},
    });
    return Buffer.concat(
      Array.from(archive, (byte) => editor.push([Buffer.of(byte)]).map((piece) => Buffer.from(piece))).flat(),
    );
  };
  const time = paxRecord('mtime', '1.5');

  it('passes them untouched', () => {
    const archive = tar(comment(), pax([time]), file('x', 'y'), gnuLong('L', LONG), file('x', 'z'));
    expect(edit(archive, 'none', () => new RetargetedLink('')).equals(archive)).toBe(true);
  });

  it.each([
    ['keeps a size that no record tells', [pax([time])], [pax([time])]],
    ['takes the size out of the records', [pax([paxRecord('size', '1'), time])], [pax([time])]],
    ['takes out records that tell only the size', [comment(), pax([paxRecord('size', '1')])], [comment()]],
  ])('%s when it gives a file another', (_name, before, after) => {
    const expected = tar(...after, file('x', 'new'), file('after', ''));
    const archive = tar(...before, file('x', 'y'), file('after', ''));
    expect(edit(archive, 'x', () => new ReplacedFile(() => Buffer.from('new')))).toEqual(expected);
    const editor = { push: () => [Buffer.from('new')], end: () => {} };
    expect(edit(archive, 'x', () => new RewrittenFile(3, editor))).toEqual(expected);
  });

  it.each([
    ['a record', [pax([time, paxRecord('linkpath', TARGET)])], [pax([time])]],
    ['a long target', [gnuLong('K', TARGET), gnuLong('L', 'l/')], [gnuLong('L', 'l/')]],
  ])('gives a link another target that had it in %s', (_name, before, after) => {
    const archive = tar(...before, symlink('l', '/x'));
    expect(edit(archive, 'l/', () => new RetargetedLink('/y'))).toEqual(tar(...after, symlink('l', '/y')));
  });
});

function comment(): Buffer {
  return pax([paxRecord('comment', 'c')], 'g');
}

/** A file whose block has another size than its contents. */
function sized(size: number, bytes: number): Buffer {
  return Buffer.concat([header({ path: 'x', size }), file('x', Buffer.alloc(bytes, 'c')).subarray(BLOCK)]);
}

function oddSize(bytes: number): Buffer {
  return Buffer.concat([patched(header({ path: 'x' }), SIZE, 'none'), sized(0, bytes).subarray(BLOCK)]);
}
