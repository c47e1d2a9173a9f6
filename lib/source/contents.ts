/**
 * A backup from standard input, in any form that the tools read, for who needs what is in it: bytes in, frames
 * out, with all archives decompressed. A compressed tar gives what the tar would give.
 */

import type { Compression } from '../backup/archive.ts';
import type { Frame } from '../backup/frame.ts';
import { openDecompressor } from '../compress/decompressor.ts';
import { MAGIC_BYTES, recogniseCompression } from '../compress/magic.ts';
import { convertBytes } from '../filter/convert-bytes.ts';
import { decompressArchives } from '../filter/decompress.ts';
import { recogniseHead } from '../io/head.ts';
import { openBackup } from './stdin.ts';
import { readTar } from './tar.ts';

/** Reads a backup to its last byte. Each frame is done with when the next is asked for. Throws what openBackup() does. */
export async function* openContents(chunks: AsyncIterable<Buffer>): AsyncGenerator<Frame, void, undefined> {
  const { form = 'other', whole } = await recogniseHead(chunks, recognise);
  if (form === 'other') yield* decompressArchives(openBackup(whole));
  else yield* readTar(convertBytes(whole, () => openDecompressor(form, 'standard input')));
}

function recognise(head: Buffer): Compression | 'other' | undefined {
  return recogniseCompression(head) ?? (head.length < MAGIC_BYTES ? undefined : 'other');
}
