/**
 * A backup in any form that the tools read: bytes in, frames out. The first bytes tell whether it is a backup stream, a
 * tar or a compressed tar (recognise-form.ts).
 */

import { recogniseHead } from '../io/head.ts';
import { decode } from '../stream/decode.ts';
import type { Frame } from '../stream/frame.ts';
import { insistOnBase } from './base-tar.ts';
import { INPUT, noBackup } from './no-backup.ts';
import { readTar } from './plain-tar.ts';
import { recogniseForm } from './recognise-form.ts';

/**
 * Reads a backup to its last byte. Each frame is valid until the next is asked for. Throws BackupError if the backup is
 * not whole, NoBackupError for what is in no known form; `subject` names the input in the latter's message.
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
    // Nobody else closes the input if the consumer gives up before the reading has begun.
    await whole.return?.();
  }
}

/** The bytes by which an input was recognised: they are its first chunk. */
export async function firstBytes(whole: AsyncIterator<Buffer>): Promise<Buffer> {
  const { done, value } = await whole.next();
  return done === true ? Buffer.alloc(0) : value;
}
