/**
 * A member of a tar archive, read from its header. Only what PostgreSQL sends is accepted: files, directories and
 * symbolic links in ustar form (tarCreateHeader() in src/port/tar.c), with longer names and larger sizes in extensions
 * (extensions.ts), since other tools write those when they pack a backup. Hard links, devices and sparse files are
 * refused, not skipped: a backup contains none, so the server did not put them there.
 */

import { decodeName } from '../io/file-name.ts';
import { quoted } from '../terminal/visible.ts';
import { type Extended, memberBlock, readExtended } from './extensions.ts';
import {
  FIELD,
  insistOnHeader,
  readName,
  readNumber,
  readText,
  readTime,
  TAR_BLOCK_BYTES,
} from './header-fields.ts';
import { malformedTar, type TarPosition } from './malformed-tar.ts';
import { paxNumber, paxTime } from './pax.ts';

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

/** The owner of a member, by names. The server always writes "postgres", whatever user it runs as. */
export interface MemberOwner {
  readonly user: string;
  readonly group: string;
}

/** So large that it bounds nothing real, so small that offsets in an archive stay exact numbers. */
const MAX_MEMBER_BYTES = 2 ** 50;
const MAX_ID = 0xffffffff;
const MODE_BITS = 0o7777;
/** Keywords of pax for texts in a header block. */
const PAX_TEXTS = { linkTarget: 'linkpath', userName: 'uname', groupName: 'gname' } as const;

const KINDS: Readonly<Record<string, MemberKind>> = { '0': 'file', '2': 'symlink', '5': 'directory' };
const REFUSED: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
};

/**
 * Reads a header: the block of a member, and the extensions before it if there are any. Throws BackupError, with the
 * member's name and position, for one that is not valid.
 */
export function readMember(header: Buffer, position: TarPosition): Member {
  const block = memberBlock(header);
  const magic = insistOnHeader(block, position);
  const extended = header.length > block.length ? readExtended(header, position) : undefined;
  const path = readPath(block, magic === 'ustar', extended);
  if (path === '') throw malformedTar(position, 'member without a name');
  if (extended?.unsupported !== undefined)
    throw malformedMember(position, path, `has ${extended.unsupported}, which is not supported`);
  const kind = readKind(block, path, position);
  const linkTarget = kind === 'symlink' ? extendedText(block, 'linkTarget', extended) : undefined;
  if (linkTarget === '') throw malformedMember(position, path, 'is a symbolic link to nowhere');
  const mtime = extended?.fields.get('mtime');
  const seconds = mtime === undefined ? readTime(block, FIELD.mtime) : paxTime(mtime);
  return {
    path,
    kind,
    size: readSize(block, path, kind, extended, position),
    mode: limited('mode', readNumber(block, FIELD.mode), MAX_ID, path, position) & MODE_BITS,
    mtime: limited('time', seconds, Number.MAX_SAFE_INTEGER, path, position),
    ...(linkTarget === undefined ? {} : { linkTarget }),
  };
}

/** Reads the owner from a header, which must be valid. It is needed once an archive, and not for each member. */
export function readMemberOwner(header: Buffer, position: TarPosition): MemberOwner {
  const block = memberBlock(header);
  const extended = header.length > block.length ? readExtended(header, position) : undefined;
  return {
    user: extendedText(block, 'userName', extended),
    group: extendedText(block, 'groupName', extended),
  };
}

/** The number of bytes that fill up the last block of contents of this size. */
export function paddingBytes(size: number): number {
  return (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

function readPath(block: Buffer, hasPrefix: boolean, extended: Extended | undefined): string {
  const long = extended?.fields.get('path');
  if (long !== undefined) return decodeName(long);
  const name = readName(block, FIELD.name);
  if (!hasPrefix || block[FIELD.prefix.at] === 0) return name;
  return `${readName(block, FIELD.prefix)}/${name}`;
}

function extendedText(block: Buffer, field: keyof typeof PAX_TEXTS, extended: Extended | undefined): string {
  return extended?.fields.get(PAX_TEXTS[field])?.toString() ?? readText(block, FIELD[field]);
}

function readKind(block: Buffer, path: string, position: TarPosition): MemberKind {
  const letter = String.fromCharCode(block[FIELD.type.at] ?? 0);
  const kind = KINDS[letter];
  if (kind === undefined) {
    const what = REFUSED[letter] ?? `of type ${quoted(letter)}`;
    throw malformedMember(position, path, `is ${what}, which is not supported`);
  }
  if (kind === 'file' && path.endsWith('/')) {
    throw malformedMember(position, path, 'is a file, but has the name of a directory');
  }
  return kind;
}

function readSize(
  block: Buffer,
  path: string,
  kind: MemberKind,
  extended: Extended | undefined,
  position: TarPosition,
): number {
  const record = extended?.fields.get('size');
  const bytes = record === undefined ? readNumber(block, FIELD.size) : paxNumber(record);
  const size = limited('size', bytes, MAX_MEMBER_BYTES, path, position);
  if (size > 0 && kind !== 'file') throw malformedMember(position, path, `is a ${kind}, but has contents`);
  return size;
}

function limited(what: string, value: number, max: number, path: string, position: TarPosition): number {
  if (Math.abs(value) <= max) return value;
  throw malformedMember(position, path, `has an invalid ${what}`);
}

function malformedMember(position: TarPosition, path: string, complaint: string) {
  return malformedTar(position, `member ${quoted(path)} ${complaint}`);
}
