import { describe, expect, it } from 'vitest';
import { paxMeaning, paxNumber, paxRecords, paxTime } from '../../../lib/tar/pax.ts';
import { paxRecord } from './build.ts';

const read = (contents: string | Buffer) =>
  paxRecords(Buffer.from(contents as string))?.map(({ keyword, value }) => [
    keyword,
    value.toString('latin1'),
  ]);

describe('paxRecords', () => {
  it.each<[string, string, string[][]]>([
    ['none', '', []],
    ['one', '12 path=a/b\n', [['path', 'a/b']]],
    [
      'several',
      '12 path=a/b\n13 mtime=1.5\n',
      [
        ['path', 'a/b'],
        ['mtime', '1.5'],
      ],
    ],
    ['an empty value', '8 path=\n', [['path', '']]],
    ['newlines, equals signs and spaces in a value', '17 path=\na = b\n\n\n', [['path', '\na = b\n\n']]],
    ['the shortest', '5 a=\n', [['a', '']]],
  ])('reads %s', (_name, contents, expected) => {
    expect(read(contents)).toEqual(expected);
  });

  it('reads a value of any length, in bytes as they are', () => {
    for (let length = 0; length < 1100; length++) {
      const value = Buffer.alloc(length, '\xe9=\n', 'latin1');
      expect(read(paxRecord('path', value))).toEqual([['path', value.toString('latin1')]]);
    }
  });

  it.each([
    ['no length', 'path=a/b\n'],
    ['a length of letters', 'xx path=a/b\n'],
    ['a length of zero', '0 path=a\n'],
    ['a length with a zero before it', '012 path=a/b\n'],
    ['a length with a sign', '+12 path=a/b\n'],
    ['a space before the length', ' 12 path=a/b\n'],
    ['a length of many digits', '99999999999999999999 path=a/b\n'],
    ['a length that is too small', '11 path=a/b\n'],
    ['a length that ends in the keyword', '5 path=a/b\n'],
    ['a length within its own digits', '1 path=a/b\n'],
    ['a length that is too large', '13 path=a/b\n'],
    ['a length that takes the next record in, but not its newline', '14 path=a/b\n9 uid=26\n'],
    ['no space', '12\tpath=a/b\n'],
    ['no keyword', '5 =a\n'],
    ['no equals sign', '8 patha\n'],
    ['no newline', '12 path=a/bc'],
    ['NUL after it', '12 path=a/b\n\0'],
    ['only a length', '12'],
    ['only a newline', '\n'],
  ])('refuses %s', (_name, contents) => {
    expect(read(contents)).toBeUndefined();
    expect(read(`9 uid=26\n${contents}`)).toBeUndefined();
  });
});

describe('paxMeaning', () => {
  it.each([
    ['field', ['path', 'linkpath', 'size', 'mtime', 'uname', 'gname']],
    ['ignored', ['comment', 'atime', 'ctime', 'uid', 'gid']],
    ['ignored', ['SCHILY.dev', 'SCHILY.ino', 'SCHILY.nlink', 'SCHILY.fflags', 'LIBARCHIVE.creationtime']],
    ['ignored', ['SCHILY.xattr.security.selinux', 'SCHILY.acl.access', 'LIBARCHIVE.xattr.user.x']],
    [undefined, ['GNU.sparse.major', 'GNU.sparse.name', 'SCHILY.realsize', 'SCHILY.filetype', 'Path', '']],
    [undefined, ['charset', 'hdrcharset', 'GNU.volume.label', 'LIBARCHIVE.symlinktype', 'toString']],
  ])('is %s for %j', (meaning, keywords) => {
    for (const keyword of keywords)
      expect([keyword, paxMeaning({ keyword, value: Buffer.from('1'), bytes: Buffer.alloc(0) })]).toEqual([
        keyword,
        meaning,
      ]);
  });

  it.each([
    ['BINARY', 'ignored'],
    ['ISO-IR 10646 2000 UTF-8', 'ignored'],
    ['ISO-IR 8859 1 1998', undefined],
    ['', undefined],
  ])('knows the character set of names %j', (value, meaning) => {
    const record = { keyword: 'hdrcharset', value: Buffer.from(value), bytes: Buffer.alloc(0) };
    expect(paxMeaning(record)).toBe(meaning);
  });
});

describe('paxNumber and paxTime', () => {
  it.each([
    ['0', 0, 0],
    ['8589934592', 8589934592, 8589934592],
    ['007', 7, 7],
    ['1.5', Number.NaN, 1],
    ['-1.5', Number.NaN, -2],
    ['-1', Number.NaN, -1],
    ['1.', Number.NaN, 1],
    ...['', ' 1', '1 ', '+1', '0x10', '1e3', '.5', '-', '1.5.5', '1\n', '9'.repeat(17)].map(
      (text): [string, number, number] => [text, Number.NaN, Number.NaN],
    ),
  ])('read %j', (text, number, time) => {
    expect(paxNumber(Buffer.from(text))).toBe(number);
    expect(paxTime(Buffer.from(text))).toBe(time);
  });
});
