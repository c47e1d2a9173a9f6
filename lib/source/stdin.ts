/**
 * A backup from standard input, in any form that the tools read: bytes in, frames out. The first bytes tell
 * whether it is a backup stream, a tar or a compressed tar.
 */

import type { Compression } from '../backup/archive.ts';
import { decode } from '../backup/decode.ts';
import type { Frame } from '../backup/frame.ts';
import { MESSAGE_HEAD_BYTES } from '../backup/framing.ts';
import { recogniseCompression } from '../compress/magic.ts';
import { recogniseHead } from '../io/head.ts';
import { isTarHeader, TAR_BLOCK_BYTES } from '../tar/header-fields.ts';
import { readTar } from './tar.ts';

/** The forms that a backup may come in. */
export type Form = 'stream' | 'tar' | Compression;

const LEAST_LENGTH = 4;

/**
 * Reads a backup to its last byte. Each frame is done with when the next is asked for. Throws BackupError if
 * the backup is not whole; what is in no known form is taken for a backup stream, and found to be none.
 */
export async function* openBackup(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  const { form, whole } = await recogniseHead(chunks, recogniseForm);
  try {
    if (form === 'tar') yield* readTar(whole);
    else if (form === 'stream' || form === undefined) yield* decode(whole);
    else {
      // Only loaded when it is needed: what it builds on takes its time.
      const { readCompressedTar } = await import('./compressed-tar.ts');
      yield* readCompressedTar(form, whole);
    }
  } finally {
    // Nobody else does, if the consumer gives up before the reading has begun.
    await whole.return?.();
  }
}

/** The form of what begins so, or undefined if more must be seen. */
export function recogniseForm(head: Buffer): Form | undefined {
  if (beginsWithMessage(head)) return 'stream';
  const compression = recogniseCompression(head);
  if (compression !== undefined) return compression;
  if (head.length < TAR_BLOCK_BYTES) return undefined;
  return isTarHeader(head) ? 'tar' : 'stream';
}

/**
 * A message's length, below 16 MiB, begins with NUL but is not zero, whereas in a tar the name ends with the
 * first NUL and has only NULs behind it. So a stream need not wait for a block of bytes to be recognised.
 */
function beginsWithMessage(head: Buffer): boolean {
  return head.length >= MESSAGE_HEAD_BYTES && head[1] === 0 && head.readUInt32BE(1) >= LEAST_LENGTH;
}
