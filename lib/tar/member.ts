/**
 * A member of a tar archive, read from its header block. Only what PostgreSQL sends is accepted: files,
 * directories and symbolic links in ustar form (tarCreateHeader() in src/port/tar.c). Hard links, devices,
 * sparse files and the headers that extend headers are refused, not skipped: a backup has none, so whoever put
 * them there was not the server.
 */

import {
  checksumMatches,
  FIELD,
  readMagic,
  readName,
  readNumber,
  readText,
  readTime,
  TAR_BLOCK_BYTES,
} from './header-fields.ts';
import { malformedTar, type TarPlace } from './malformed.ts';

/** What a member is. */
export type MemberKind = 'file' | 'directory' | 'symlink';

/** A member as its header describes it. */
export interface Member {
  /**
   * As in the header, not checked (safe-path.ts): directories, and the server's symbolic links, end with a slash. Bytes
   * that are not UTF-8 are as lib/io/file-name.ts has them.
   */
  readonly path: string;
  readonly kind: MemberKind;
  /** Length of the contents; zero for all but files. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Where a symbolic link points; what is not UTF-8 is U+FFFD. */
  readonly linkTarget?: string;
}

/** Whom a member belongs to, by name. The server always writes "postgres", whoever it runs as. */
export interface MemberOwner {
  readonly user: string;
  readonly group: string;
}

/** So large that it bounds nothing real, so small that offsets in an archive stay exact numbers. */
const MAX_MEMBER_BYTES = 2 ** 50;
const MAX_ID = 0xffffffff;
const MODE_BITS = 0o7777;

const KINDS: Readonly<Record<string, MemberKind>> = { '0': 'file', '2': 'symlink', '5': 'directory' };
const REFUSED: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
  x: 'an extended header of pax',
  g: 'a global header of pax',
  L: 'a long name of GNU tar',
  K: 'a long link target of GNU tar',
};

/** Reads a header block. Throws BackupError, with the member's name and place, for one that is not as it should be. */
export function readMember(block: Buffer, place: TarPlace): Member {
  const magic = readMagic(block);
  if (magic === undefined) throw malformedTar(place, 'no tar header where one should be');
  if (!checksumMatches(block)) throw malformedTar(place, 'checksum of a member header does not match');
  const path = readPath(block, magic === 'ustar');
  if (path === '') throw malformedTar(place, 'member without a name');
  const kind = readKind(block, path, place);
  const linkTarget = kind === 'symlink' ? readText(block, FIELD.linkTarget) : undefined;
  if (linkTarget === '') throw malformedMember(place, path, 'is a symbolic link to nowhere');
  return {
    path,
    kind,
    size: readSize(block, path, kind, place),
    mode: limited('mode', readNumber(block, FIELD.mode), MAX_ID, path, place) & MODE_BITS,
    mtime: limited('time', readTime(block, FIELD.mtime), Number.MAX_SAFE_INTEGER, path, place),
    ...(linkTarget === undefined ? {} : { linkTarget }),
  };
}

/** Reads from a header block, which must be a good one, what is of interest once an archive and not for each member. */
export function readMemberOwner(block: Buffer): MemberOwner {
  return { user: readText(block, FIELD.userName), group: readText(block, FIELD.groupName) };
}

/** Bytes that fill up the last block of contents of this size. */
export function paddingBytes(size: number): number {
  return (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

function readPath(block: Buffer, hasPrefix: boolean): string {
  const name = readName(block, FIELD.name);
  if (!hasPrefix || block[FIELD.prefix.at] === 0) return name;
  return `${readName(block, FIELD.prefix)}/${name}`;
}

function readKind(block: Buffer, path: string, place: TarPlace): MemberKind {
  const letter = String.fromCharCode(block[FIELD.type.at] ?? 0);
  const kind = KINDS[letter];
  if (kind === undefined) {
    const what = REFUSED[letter] ?? `of type ${JSON.stringify(letter)}`;
    throw malformedMember(place, path, `is ${what}, which is not supported`);
  }
  if (kind === 'file' && path.endsWith('/')) {
    throw malformedMember(place, path, 'is a file, but has the name of a directory');
  }
  return kind;
}

function readSize(block: Buffer, path: string, kind: MemberKind, place: TarPlace): number {
  const size = limited('size', readNumber(block, FIELD.size), MAX_MEMBER_BYTES, path, place);
  if (size > 0 && kind !== 'file') throw malformedMember(place, path, `is a ${kind}, but has contents`);
  return size;
}

function limited(what: string, value: number, max: number, path: string, place: TarPlace): number {
  if (Math.abs(value) <= max) return value;
  throw malformedMember(place, path, `has an invalid ${what}`);
}

function malformedMember(place: TarPlace, path: string, complaint: string) {
  return malformedTar(place, `member ${JSON.stringify(path)} ${complaint}`);
}
