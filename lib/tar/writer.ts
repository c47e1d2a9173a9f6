/**
 * Members of a tar archive that bb writes itself, like those of tar_open_for_write() in
 * src/bin/pg_basebackup/walmethods.c and tarCreateHeader() in src/port/tar.c: of user and group "postgres".
 */

import { TroubleError } from '../errors/trouble.ts';
import { encodeName } from '../io/file-name.ts';
import { OWNER_FILE_MODE } from '../io/new-file.ts';
import { MAX_LINK_TARGET_BYTES } from './header-edit.ts';
import { FIELD, headerSum, TAR_BLOCK_BYTES, writeNumber } from './header-fields.ts';
import { type Member, paddingBytes } from './member.ts';

const OWNER = 'postgres';

const TYPES = { file: '0', symlink: '2', directory: '5' } as const;
/** With the version after its NUL. */
const MAGIC = 'ustar\x0000';

/** The header of a file for its owner alone. Throws what memberHeader() throws. */
export function fileHeader(path: string, size: number, mtime: Date): Buffer {
  const seconds = Math.floor(mtime.getTime() / 1000);
  return memberHeader({ path, kind: 'file', size, mode: OWNER_FILE_MODE, mtime: seconds });
}

/** What stands in a header; owner and group by number, which are 0 if they do not matter. */
export interface NewMember extends Member {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * The header of any member, byte for byte as tarCreateHeader() makes it; the names of directories and links get the
 * slash that the server gives them. Throws TroubleError for a name, or a link's target, that is too long for the server
 * too.
 */
export function memberHeader(member: NewMember): Buffer {
  const { path, kind, size, mode, uid = 0, gid = 0, mtime, linkTarget = '' } = member;
  const name = Buffer.from(encodeName(path));
  if (name.length >= FIELD.name.bytes) throw new TroubleError(`file name too long for tar format: "${path}"`);
  if (Buffer.byteLength(linkTarget) > MAX_LINK_TARGET_BYTES)
    throw new TroubleError(`symbolic link target too long for tar format: "${path}", target "${linkTarget}"`);
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  name.copy(block, FIELD.name.at);
  if (kind !== 'file') block.write('/', FIELD.name.at + name.length);
  writeNumber(block, FIELD.mode, mode);
  writeNumber(block, FIELD.uid, uid);
  writeNumber(block, FIELD.gid, gid);
  writeNumber(block, FIELD.size, size);
  writeNumber(block, FIELD.mtime, Math.max(mtime, 0));
  block.write(TYPES[kind], FIELD.type.at);
  block.write(linkTarget, FIELD.linkTarget.at);
  block.write(MAGIC, FIELD.magic.at);
  block.write(OWNER, FIELD.userName.at);
  block.write(OWNER, FIELD.groupName.at);
  writeNumber(block, FIELD.deviceMajor, 0);
  writeNumber(block, FIELD.deviceMinor, 0);
  writeNumber(block, FIELD.checksum, headerSum(block));
  return block;
}

/** A whole member: header, contents, padding. */
export function fileMember(path: string, contents: Buffer, mtime: Date): Buffer {
  const padding = Buffer.alloc(paddingBytes(contents.length));
  return Buffer.concat([fileHeader(path, contents.length, mtime), contents, padding]);
}
