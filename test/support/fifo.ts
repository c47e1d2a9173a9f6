/** Real pipes with both ends in this process. Node.js cannot create them, so a named pipe is opened and removed. */

import { execFileSync } from 'node:child_process';
import { constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from './folder.ts';

/** The descriptors of a pipe. The caller closes them. */
export interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Creates a pipe. `writerFlags` are added for its writing end, such as O_NONBLOCK. */
export function makePipe(writerFlags = 0): Pipe {
  const folder = temporaryFolder();
  const path = join(folder, 'pipe');
  try {
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK); // blocking, it would wait for a writer
    return { reader, writer: openSync(path, constants.O_WRONLY | writerFlags) };
  } finally {
    removeFolder(folder);
  }
}

/** Whether a descriptor is open. */
export function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd) !== undefined;
  } catch {
    return false;
  }
}
