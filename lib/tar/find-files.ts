/**
 * The contents of a few small files in a tar that lies in a file: headers are read, and what is between them is passed
 * over, so that an archive of many gigabytes takes no more time than its members.
 */

import { readSync } from 'node:fs';
import { attempt } from '../errors/system-trouble.ts';
import { isZero } from '../io/zeros.ts';
import { headerBytesAfter } from './extensions.ts';
import { TAR_BLOCK_BYTES } from './header-fields.ts';
import { paddingBytes, readMember } from './member.ts';
import { safePath } from './safe-path.ts';

/** An open archive. */
export interface TarFile {
  readonly fd: number;
  /** Its name, for messages. */
  readonly archive: string;
  readonly path: string;
}

/**
 * Finds files by their paths, each of at most `maxBytes`; those that are not there are not in the result, nor is
 * anything that comes after a cut. Throws BackupError for a malformed archive.
 */
export function findFiles(
  file: TarFile,
  paths: readonly string[],
  maxBytes: number,
): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  const { archive } = file;
  for (let offset = 0; found.size < paths.length; ) {
    const place = { archive, offset };
    let header = readAt(file, offset, TAR_BLOCK_BYTES);
    if (header.length < TAR_BLOCK_BYTES || isZero(header)) break;
    for (let more = headerBytesAfter(header, place); more > 0; more = headerBytesAfter(header, place))
      header = Buffer.concat([header, readAt(file, offset + header.length, more)]);
    const { path, kind, size } = readMember(header, place);
    const name = safePath(archive, path);
    offset += header.length;
    if (kind === 'file' && paths.includes(name) && size <= maxBytes)
      found.set(name, readAt(file, offset, size));
    offset += size + paddingBytes(size);
  }
  return found;
}

/** Fewer bytes at the end of the file. */
function readAt({ fd, path }: TarFile, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  const read = attempt(`could not read file "${path}"`, () => readSync(fd, buffer, 0, bytes, offset));
  return buffer.subarray(0, read);
}
