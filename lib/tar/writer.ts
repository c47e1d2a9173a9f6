/**
 * Members of a tar archive that bb writes itself, like those of tar_open_for_write() in
 * src/bin/pg_basebackup/walmethods.c and tarCreateHeader() in src/port/tar.c: files that only their owner can read, of
 * user and group "postgres".
 */

import { Header } from 'tar';
import { OWNER_FILE_MODE } from '../io/new-file.ts';
import { TAR_BLOCK_BYTES } from './header-fields.ts';
import { paddingBytes } from './member.ts';

const OWNER = 'postgres';

/** The header of a file whose name has at most 100 bytes. */
export function fileHeader(path: string, size: number, mtime: Date): Buffer {
  const header = new Header({
    path,
    size,
    mtime,
    type: 'File',
    mode: OWNER_FILE_MODE,
    uid: 0,
    gid: 0,
    uname: OWNER,
    gname: OWNER,
  });
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  header.encode(block);
  return block;
}

/** A whole member: header, contents, padding. */
export function fileMember(path: string, contents: Buffer, mtime: Date): Buffer {
  const padding = Buffer.alloc(paddingBytes(contents.length));
  return Buffer.concat([fileHeader(path, contents.length, mtime), contents, padding]);
}
