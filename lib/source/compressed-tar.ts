/**
 * A backup that comes as one compressed tar, as from `pg_basebackup -Ft -z -X fetch -D -`: bytes in, frames
 * out. It stays compressed and passes untouched, its manifest in it.
 *
 * Compressed bytes do not tell that they are whole: a gzip file may consist of many members, and one that is
 * cut between them is a good gzip file. So the tar inside is read alongside, to its end-of-archive blocks.
 */

import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import through2 from 'through2';
import { COMPRESSION_SUFFIX, type Compression } from '../backup/archive.ts';
import { BackupError } from '../backup/error.ts';
import type { Frame } from '../backup/frame.ts';
import { TroubleError } from '../cli/trouble.ts';
import { TarReader } from '../tar/reader.ts';

const DECOMPRESS: Readonly<Record<Compression, string>> = {
  gzip: 'gzip -dc',
  lz4: 'lz4 -dc',
  zstd: 'zstd -dc',
};
/** What the decompressor hands out at a time. */
const OUTPUT_BYTES = 256 * 1024;

/**
 * Reads a compressed tar to its last byte. Throws BackupError if it, or the tar in it, is cut short or
 * malformed; TroubleError for lz4 and zstd, which cannot be looked into, and so not be called whole.
 */
export async function* readCompressedTar(
  method: Compression,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Frame, void, undefined> {
  const name = `base.tar${COMPRESSION_SUFFIX[method]}`;
  if (method !== 'gzip') throw cannotLookInto(method);
  const check = new GzipCheck(name);
  try {
    yield { type: 'archive', name, location: '' };
    for await (const chunk of chunks) {
      // The decompressor works in the thread pool while the consumer works on the frame.
      const checked = check.push(chunk);
      checked.catch(() => {});
      yield { type: 'data', parts: [chunk], bytes: chunk.length };
      await checked;
    }
    await check.end();
  } finally {
    check.close();
  }
  yield { type: 'end' };
}

function cannotLookInto(method: Compression): TroubleError {
  return new TroubleError('cannot tell whether the compressed archive is whole', {
    detail: `It is compressed with ${method}, and what is in it cannot be checked.`,
    hint: `Decompress it first, as in "${DECOMPRESS[method]} FILE | bb-split -D DIRECTORY".`,
  });
}

/** Reads the tar inside a gzip file. */
class GzipCheck {
  readonly #gunzip = createGunzip({ chunkSize: OUTPUT_BYTES });
  readonly #done: Promise<void>;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    const reader = new TarReader(name);
    const tap = through2(
      async (bytes: Buffer) => reader.check(bytes),
      async () => reader.end(),
    );
    this.#done = pipeline(this.#gunzip, tap.resume());
    this.#done.catch(() => {});
  }

  /** Done when the bytes have been read; they must stay as they are until then. */
  async push(bytes: Buffer): Promise<void> {
    const written = new Promise<void>((resolve) => this.#gunzip.write(bytes, () => resolve()));
    await this.#fate(written);
  }

  /** No more bytes come. Throws BackupError if that is too early. */
  async end(): Promise<void> {
    this.#gunzip.end();
    await this.#fate(this.#done);
  }

  close(): void {
    this.#gunzip.destroy();
  }

  /** Waits for the act, or for the failure that keeps it from ever being done. */
  async #fate(act: Promise<void>): Promise<void> {
    try {
      await Promise.race([act, this.#done]);
    } catch (error) {
      if (error instanceof BackupError) throw error;
      const reason = (error as Error).message;
      throw new BackupError(`could not decompress archive "${this.#name}": ${reason}`, { cause: error });
    }
  }
}
