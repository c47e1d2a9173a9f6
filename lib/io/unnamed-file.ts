/** Temporary files without a name: gone with the process, however that ends. */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OWNER_FILE_MODE } from './new-file.ts';

/** Makes such a file, for writing and reading. For a moment it has a name, which begins with `prefix`. */
export async function openUnnamedFile(prefix: string, directory = tmpdir()): Promise<FileHandle> {
  const path = join(directory, `${prefix}${randomBytes(8).toString('hex')}`);
  const file = await open(path, 'wx+', OWNER_FILE_MODE);
  await unlink(path);
  return file;
}
