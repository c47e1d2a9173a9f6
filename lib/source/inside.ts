/**
 * A backup from standard input, for who needs what is in it: as openBackup() reads it, except that of a compressed
 * tar comes what the tar would give, its manifest apart. The archives of a stream stay as they are, since their
 * names say how they are compressed.
 */

import { convertBytes } from '../compress/convert-bytes.ts';
import { openDecompressor } from '../compress/decompressor.ts';
import { bytesToRecognise, recogniseCompression } from '../compress/magic.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../compress/method.ts';
import { recogniseHead } from '../io/head.ts';
import type { Frame } from '../stream/frame.ts';
import { insistOnBase } from './base-tar.ts';
import { passCompressedTar } from './compressed-tar.ts';
import { beginsWithMessage } from './message-head.ts';
import { compressedStream, INPUT } from './no-backup.ts';
import { openBackup } from './stdin.ts';
import { readTar } from './tar.ts';

/** Reads a backup to its last byte. Each frame is done with when the next is asked for. Throws what openBackup() does. */
export async function* openContents(
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const { form = 'other', whole } = await recogniseHead(chunks, recognise);
  try {
    if (form === 'other') return yield* openBackup(whole, subject);
    const archive = `archive "base.tar${COMPRESSION_SUFFIX[form]}"`;
    const contents = convertBytes(whole, () => openDecompressor(form, archive));
    yield* insistOnBase((see) => readTar(refuseStream(contents, form, subject), see));
  } finally {
    // Nobody else does, if the consumer gives up before the reading has begun.
    await whole.return?.();
  }
}

/** Gives the bytes of a tar. Throws NoBackupError for those of a stream. */
async function* refuseStream(
  contents: AsyncIterable<Buffer>,
  method: Compression,
  subject: string,
): AsyncGenerator<Buffer, void, undefined> {
  let begun = false;
  for await (const bytes of contents) {
    if (!begun && beginsWithMessage(bytes)) throw compressedStream(method, subject);
    begun = true;
    yield bytes;
  }
}

/**
 * Reads a backup to its last byte, and of a compressed tar only that: whoever reads the frames must read the tar in it to
 * its end. Throws what openBackup() does otherwise.
 */
export async function* openArchives(
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const { form = 'other', whole } = await recogniseHead(chunks, recognise);
  try {
    yield* form === 'other' ? openBackup(whole, subject) : passCompressedTar(form, whole, subject);
  } finally {
    await whole.return?.();
  }
}

function recognise(head: Buffer): Compression | 'other' | undefined {
  return recogniseCompression(head) ?? (head.length < bytesToRecognise(head) ? undefined : 'other');
}
