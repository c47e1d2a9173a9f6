/**
 * Members of a tar archive that bb writes itself, like those of tar_open_for_write() in
 * src/bin/pg_basebackup/walmethods.c and tarCreateHeader() in src/port/tar.c: of user and group "postgres".
 */

import { Header } from 'tar';
import { TroubleError } from '../errors/trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { OWNER_FILE_MODE } from '../io/new-file.ts';
import { MAX_LINK_TARGET_BYTES } from './header-edit.ts';
import { FIELD, headerSum, TAR_BLOCK_BYTES, writeNumber } from './header-fields.ts';
import { type Member, paddingBytes } from './member.ts';

const OWNER = 'postgres';

const TYPES = { file: 'File', directory: 'Directory', symlink: 'SymbolicLink' } as const;

/** The header of a file for its owner alone. Throws what memberHeader() throws. */
export function fileHeader(path: string, size: number, mtime: Date): Buffer {
  const seconds = Math.floor(mtime.getTime() / 1000);
  return memberHeader({ path, kind: 'file', size, mode: OWNER_FILE_MODE, mtime: seconds });
}

/**
 * The header of any member; the names of directories and links get the slash that the server gives them. Throws
 * TroubleError for a name, or a link's target, that is too long for the server too.
 */
export function memberHeader({ path, kind, size, mode, mtime, linkTarget }: Member): Buffer {
  const name = Buffer.from(encodeName(path));
  if (name.length >= FIELD.name.bytes) throw new TroubleError(`file name too long for tar format: "${path}"`);
  if (Buffer.byteLength(linkTarget ?? '') > MAX_LINK_TARGET_BYTES)
    throw new TroubleError(`symbolic link target too long for tar format: "${path}", target "${linkTarget}"`);
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  new Header({
    path: '',
    size,
    mtime: new Date(mtime * 1000),
    type: TYPES[kind],
    mode,
    uid: 0,
    gid: 0,
    uname: OWNER,
    gname: OWNER,
    ...(linkTarget === undefined ? {} : { linkpath: linkTarget }),
  }).encode(block);
  // Here, since bytes that are not UTF-8 must stay the same.
  name.copy(block, FIELD.name.at);
  if (kind !== 'file') block.write('/', FIELD.name.at + name.length);
  writeNumber(block, FIELD.checksum, headerSum(block));
  return block;
}

/** A whole member: header, contents, padding. */
export function fileMember(path: string, contents: Buffer, mtime: Date): Buffer {
  const padding = Buffer.alloc(paddingBytes(contents.length));
  return Buffer.concat([fileHeader(path, contents.length, mtime), contents, padding]);
}
