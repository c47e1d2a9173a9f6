import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { decodeName } from '../../../lib/io/file-name.ts';
import { readMember } from '../../../lib/tar/member.ts';
import { memberHeader, type NewMember } from '../../../lib/tar/writer.ts';

const PLACE = { archive: 'base.tar', offset: 0 };
const FILE: NewMember = {
  path: 'base/5/1234',
  kind: 'file',
  size: 8192,
  mode: 0o600,
  uid: 102,
  gid: 104,
  mtime: 1795626139,
};

describe('memberHeader', () => {
  it.each<{ name: string; member: NewMember; path?: string }>([
    { name: 'a file', member: FILE },
    { name: 'a file of more than 8 GB', member: { ...FILE, size: 9 * 1024 ** 3 } },
    {
      name: 'a directory',
      member: { ...FILE, kind: 'directory', size: 0, mode: 0o700 },
      path: 'base/5/1234/',
    },
    {
      name: 'a link',
      member: { ...FILE, kind: 'symlink', size: 0, mode: 0o777, linkTarget: `/${'l'.repeat(98)}` },
      path: 'base/5/1234/',
    },
    { name: 'the longest name', member: { ...FILE, path: 'x'.repeat(99) } },
    { name: 'a name that is not UTF-8', member: { ...FILE, path: decodeName(Buffer.from([0x61, 0xff])) } },
  ])('is read back for $name', ({ member, path = member.path }) => {
    const block = memberHeader(member);
    const { uid, gid, ...rest } = member;
    expect(readMember(block, PLACE)).toEqual({ ...rest, path });
    const other = new Header(block);
    expect(other).toMatchObject({ cksumValid: true, uid, gid, uname: 'postgres', gname: 'postgres' });
    expect(other.mtime?.getTime()).toBe(member.mtime * 1000);
  });

  it('has numbers as the server writes them', () => {
    const text = memberHeader(FILE).toString('latin1');
    expect(text.slice(100, 148)).toBe('0000600 0000146 0000150 00000020000 15301612233 ');
    expect(text.slice(257, 265)).toBe('ustar\x0000');
    expect(text.slice(329, 345)).toBe('0000000 0000000 ');
  });

  it.each([
    { member: { ...FILE, path: 'x'.repeat(100) }, complaint: /^file name too long for tar format: "x+"$/ },
    {
      member: { ...FILE, kind: 'symlink' as const, linkTarget: 'x'.repeat(100) },
      complaint: /^symbolic link target too long for tar format: "base\/5\/1234", target "x+"$/,
    },
  ])('refuses what is too long', ({ member, complaint }) => {
    expect(() => memberHeader(member)).toThrow(complaint);
  });
});
