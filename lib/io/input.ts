/**
 * Standard input as chunks to be pulled: large, without copies, each valid until the next is asked for.
 * Pipes and sockets are read through the event loop, anything else (a regular file, /dev/null) by plain reads.
 */

import { fstatSync, read } from 'node:fs';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { UsageError } from '../cli/trouble.ts';
import { enlargePipe } from './pipe-size.ts';
import { SLAB_BYTES } from './slabs.ts';
import { readPipe } from './socket-reader.ts';

const readAsync = promisify(read);
const STDIN = 0;

/** Opens standard input for a backup. Throws UsageError if it is a terminal. */
export function openInput(): AsyncGenerator<Buffer, void, undefined> {
  if (isatty(STDIN)) {
    throw new UsageError('refusing to read a backup from a terminal', {
      hint: 'Standard input must be a pipe or a file.',
    });
  }
  const stat = fstatSync(STDIN);
  if (stat.isFIFO()) enlargePipe(STDIN);
  return stat.isFIFO() || stat.isSocket() ? readPipe(STDIN) : readFile(STDIN);
}

async function* readFile(fd: number): AsyncGenerator<Buffer, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  for (;;) {
    const { bytesRead } = await readAsync(fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
