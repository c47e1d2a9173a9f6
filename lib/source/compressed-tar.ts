/**
 * A backup that comes as one compressed tar, as from `pg_basebackup -Ft -z -X fetch -D -`: bytes in, frames
 * out. It stays compressed and passes untouched, its manifest in it.
 *
 * Compressed bytes do not show whether they are whole: they may consist of many members or frames, and a file that is
 * cut between two of them is valid. So the tar in them is read too, to its end-of-archive blocks.
 */

import type { Codec } from '../compress/codec.ts';
import { openDecompressor } from '../compress/decompressor.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../compress/method.ts';
import { BASE_ARCHIVE } from '../stream/archive-name.ts';
import { beginsWithMessage } from '../stream/beginning.ts';
import type { Frame } from '../stream/frame.ts';
import { TarReader } from '../tar/reader.ts';
import type { SeePiece } from './base-tar.ts';
import { compressedStream, INPUT } from './no-backup.ts';

/**
 * Reads a compressed tar to its last byte. Throws BackupError if it, or the tar in it, is cut short or
 * malformed.
 */
export async function* readCompressedTar(
  method: Compression,
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
  see: SeePiece = () => {},
): AsyncGenerator<Frame, void, undefined> {
  const name = `${BASE_ARCHIVE}${COMPRESSION_SUFFIX[method]}`;
  const reader = new TarReader(name);
  const codec = await openDecompressor(method, `archive "${name}"`);
  const check = async (contents: AsyncIterable<Buffer>) => {
    for await (const bytes of contents) {
      if (reader.offset === 0 && beginsWithMessage(bytes)) throw compressedStream(method, subject);
      for (const piece of reader.push(bytes)) see(piece);
    }
  };
  try {
    yield { type: 'archive', name, location: '', resumed: false };
    for await (const chunk of chunks) {
      // Decompression goes on while the consumer works on the frame.
      const checked = check(codec.push(chunk));
      checked.catch(() => {});
      yield { type: 'data', parts: [chunk], bytes: chunk.length };
      await checked;
    }
    await check(codec.end());
    reader.end();
  } finally {
    codec.close();
  }
  yield { type: 'archive-end', name };
  yield { type: 'end' };
}

/**
 * The same without a look into the tar, which takes time and memory: whoever reads the frames must read it to its end.
 * Only the first bytes in it are looked at, and refused if they are those of a stream.
 */
export async function* passCompressedTar(
  method: Compression,
  chunks: AsyncIterable<Buffer>,
  subject = INPUT,
): AsyncGenerator<Frame, void, undefined> {
  const name = `${BASE_ARCHIVE}${COMPRESSION_SUFFIX[method]}`;
  let codec: Codec | undefined = await openDecompressor(method, `archive "${name}"`);
  const look = async (contents: AsyncIterable<Buffer>) => {
    for await (const bytes of contents) {
      if (beginsWithMessage(bytes)) throw compressedStream(method, subject);
      codec?.close();
      codec = undefined;
      break;
    }
  };
  try {
    yield { type: 'archive', name, location: '', resumed: false };
    for await (const chunk of chunks) {
      if (codec !== undefined) await look(codec.push(chunk));
      yield { type: 'data', parts: [chunk], bytes: chunk.length };
    }
    if (codec !== undefined) await look(codec.end());
  } finally {
    codec?.close();
  }
  yield { type: 'archive-end', name };
  yield { type: 'end' };
}
