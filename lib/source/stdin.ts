/**
 * A backup from standard input, in any form that the tools read: bytes in, frames out. The first bytes tell
 * whether it is a backup stream, a tar or a compressed tar.
 */

import { bytesToRecognise, recogniseCompression } from '../compress/magic.ts';
import type { Compression } from '../compress/method.ts';
import { recogniseHead } from '../io/head.ts';
import { decode } from '../stream/decode.ts';
import type { Frame } from '../stream/frame.ts';
import { MESSAGE_HEAD_BYTES } from '../stream/framing.ts';
import { isTarHeader, TAR_BLOCK_BYTES } from '../tar/header-fields.ts';
import { insistOnBase } from './base-tar.ts';
import { beginsWithMessage } from './message-head.ts';
import { INPUT, mayLeadToStream, noBackup } from './no-backup.ts';
import { readTar } from './tar.ts';

/** The forms that a backup may come in; "none" is what is no backup. */
export type Form = 'stream' | 'tar' | 'none' | Compression;

/**
 * Reads a backup to its last byte. Each frame is done with when the next is asked for. Throws BackupError if the backup
 * is not whole, NoBackupError for what is in no known form; the subject is for this one.
 */
export async function* openBackup(
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const { form, whole } = await recogniseHead(chunks, recogniseForm);
  try {
    if (form === 'tar') yield* insistOnBase((see) => readTar(whole, see));
    else if (form === 'none') throw noBackup(await firstBytes(whole), subject);
    else if (form === 'stream' || form === undefined) yield* decode(whole);
    else {
      // Only loaded when it is needed: what it builds on takes its time.
      const { readCompressedTar } = await import('./compressed-tar.ts');
      yield* insistOnBase((see) => readCompressedTar(form, whole, subject, see));
    }
  } finally {
    // Nobody else does, if the consumer gives up before the reading has begun.
    await whole.return?.();
  }
}

/**
 * The form of what begins so, or undefined if more must be seen, or if it ended too early to be told. Of text more is
 * waited for, since a stream may follow.
 */
export function recogniseForm(head: Buffer, ended: boolean): Form | undefined {
  if (beginsWithMessage(head)) return 'stream';
  const compression = recogniseCompression(head);
  if (compression !== undefined) return compression;
  if (isTarHeader(head)) return 'tar';
  if (ended) return head.length < MESSAGE_HEAD_BYTES ? undefined : 'none';
  if (head.length < Math.max(TAR_BLOCK_BYTES, bytesToRecognise(head))) return undefined;
  return mayLeadToStream(head) ? undefined : 'none';
}

/** What of an input was read to recognise it, which is its first chunk now. */
export async function firstBytes(whole: AsyncIterator<Buffer>): Promise<Buffer> {
  const { done, value } = await whole.next();
  return done === true ? Buffer.alloc(0) : value;
}
