/**
 * A backup from standard input, in any form that the tools read: bytes in, frames out. The first bytes tell
 * whether it is a backup stream, a tar or a compressed tar.
 */

import type { Compression } from '../backup/archive.ts';
import { decode } from '../backup/decode.ts';
import type { Frame } from '../backup/frame.ts';
import { MESSAGE_HEAD_BYTES } from '../backup/framing.ts';
import { isTarHeader, TAR_BLOCK_BYTES } from '../tar/header-fields.ts';
import { readTar } from './tar.ts';

type Form = 'stream' | 'tar' | Compression;

const MAGIC: readonly [Compression, Buffer][] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['lz4', Buffer.from([0x04, 0x22, 0x4d, 0x18])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];
const LEAST_LENGTH = 4;

/**
 * Reads a backup to its last byte. Each frame is done with when the next is asked for. Throws BackupError if
 * the backup is not whole; what is in no known form is taken for a backup stream, and found to be none.
 */
export async function* openBackup(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const { form, head } = await readHead(iterator);
    const whole = rejoin(head, iterator);
    if (form === 'stream') yield* decode(whole);
    else if (form === 'tar') yield* readTar(whole);
    else {
      // Only loaded when it is needed: what it builds on takes its time.
      const { readCompressedTar } = await import('./compressed-tar.ts');
      yield* readCompressedTar(form, whole);
    }
  } finally {
    // Nobody else does, if the consumer gives up early.
    await iterator.return?.();
  }
}

/** Reads until the form is known; what was read is to be put back by rejoin(). */
export async function readHead(iterator: AsyncIterator<Buffer>): Promise<{ form: Form; head: Buffer }> {
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = await iterator.next();
    if (done === true) return { form: 'stream', head };
    head = head.length === 0 ? value : Buffer.concat([head, value]);
    const form = recognise(head);
    if (form !== undefined) return { form, head };
    head = Buffer.from(head); // the next chunk may overwrite this one
  }
}

/** The form of what begins so, or undefined if more must be seen. */
function recognise(head: Buffer): Form | undefined {
  if (beginsWithMessage(head)) return 'stream';
  const compression = MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic));
  if (compression !== undefined) return compression[0];
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

/** The chunks with what was read of them put back. */
export async function* rejoin(
  head: Buffer,
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
