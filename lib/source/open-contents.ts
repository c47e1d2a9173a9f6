/**
 * A backup for those who look into its archives: bytes in, frames out. They are those of openBackup(), except that a
 * compressed tar is either decompressed (openContents) or passed on unread (openArchives), so that it is decompressed
 * only once. The archives of a stream stay as they are, since their names say how they are compressed.
 */

import { convertBytes } from '../compress/convert-bytes.ts';
import { openDecompressor } from '../compress/decompressor.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../compress/method.ts';
import { recogniseHead } from '../io/head.ts';
import { beginsWithMessage } from '../stream/beginning.ts';
import type { Frame } from '../stream/frame.ts';
import { insistOnBase } from './base-tar.ts';
import { passCompressedTar } from './compressed-tar.ts';
import { compressedStream, INPUT } from './no-backup.ts';
import { openBackup } from './open-backup.ts';
import { readTar } from './plain-tar.ts';
import { recogniseCompressed } from './recognise-form.ts';

/** Reads a backup to its last byte. A frame is valid until the next is asked for. Throws what openBackup() throws. */
export async function* openContents(
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const { form = 'other', whole } = await recogniseHead(chunks, recogniseCompressed);
  try {
    if (form === 'other') return yield* openBackup(whole, subject);
    const archive = `archive "base.tar${COMPRESSION_SUFFIX[form]}"`;
    const contents = convertBytes(whole, () => openDecompressor(form, archive));
    yield* insistOnBase((see) => readTar(refuseStream(contents, form, subject), see));
  } finally {
    // Nobody else closes the input if the consumer gives up before the reading has begun.
    await whole.return?.();
  }
}

/** Forwards the bytes of a tar. Throws NoBackupError for those of a stream. */
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
 * The same with a compressed tar as it is. Whether the tar in it is whole is not checked: the consumer must read it to
 * its end.
 */
export async function* openArchives(
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const { form = 'other', whole } = await recogniseHead(chunks, recogniseCompressed);
  try {
    yield* form === 'other' ? openBackup(whole, subject) : passCompressedTar(form, whole, subject);
  } finally {
    await whole.return?.();
  }
}
