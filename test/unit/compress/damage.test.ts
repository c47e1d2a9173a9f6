/**
 * Compressed files that were cut or changed: each is an error, or gives what it should. A method without a checksum
 * somewhere would show here.
 */

import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openCompressor } from '../../../lib/compress/compressor.ts';
import { openDecompressor } from '../../../lib/compress/decompressor.ts';
import { COMPRESSION_SUFFIX, type Compression } from '../../../lib/compress/method.ts';
import { ZstdThreads } from '../../../lib/compress/zstd-threads.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { randomFrom, randomly, whole } from '../../support/rechunk.ts';
import { zstdFrame } from '../../support/zstd.ts';
import { linkedFrame } from './lz4-build.ts';
import { attempt, mixture, through } from './material.ts';

const threads = new ZstdThreads();

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
const ORIGINAL = mixture(30_000).subarray(0, 10_000);
const FLIPS = 400;
const COMPLAINT = /^could not decompress the test: .* at byte \d+$/;

/** Files of our own, and of others where they are made otherwise. */
async function files(method: Compression): Promise<Buffer[]> {
  const ours = await through(() => openCompressor({ method }, threads), ORIGINAL);
  if (method === 'gzip') return [ours, gzipSync(ORIGINAL)];
  return [
    ours,
    method === 'lz4'
      ? linkedFrame([ORIGINAL.subarray(0, 4000), ORIGINAL.subarray(4000)])
      : zstdFrame(ORIGINAL),
  ];
}

function decompress(method: Compression, bytes: Buffer, cut = whole): Promise<Buffer | Error> {
  return attempt(() => openDecompressor(method, 'the test', threads), bytes, cut);
}

describe.each(METHODS)('%s', (method) => {
  it('takes no file that is cut', async () => {
    for (const file of await files(method)) {
      expect(await decompress(method, file)).toEqual(ORIGINAL);
      for (
        let length = 0;
        length < file.length;
        length += length < 40 || length > file.length - 40 ? 1 : 11
      ) {
        const result = await decompress(method, file.subarray(0, length), randomly(length, 3000));
        expect(result).toBeInstanceOf(BackupError);
        expect((result as Error).message).toBe(
          `could not decompress the test: unexpected end of file at byte ${length}`,
        );
      }
    }
  });

  it('takes no file with a flipped bit for another', async () => {
    for (const file of (await files(method)).slice(0, method === 'zstd' ? 1 : 2)) {
      const random = randomFrom(file.length);
      for (let count = 0; count < FLIPS; count++) {
        const damaged = Buffer.from(file);
        // The first bytes, which say how to read the others, more often.
        const position = random(count % 4 === 0 ? 20 : file.length);
        damaged[position] = (damaged[position] ?? 0) ^ (1 << random(8));
        const result = await decompress(method, damaged);
        if (result instanceof Error) expect(result).toBeInstanceOf(BackupError);
        if (result instanceof Error) expect(result.message).toMatch(COMPLAINT);
        else expect(result.equals(ORIGINAL)).toBe(true);
      }
    }
  });

  it('takes no noise behind its magic number', async () => {
    const file = (await files(method))[0] ?? ORIGINAL;
    for (let seed = 0; seed < 50; seed++) {
      const bytes = Buffer.concat([file.subarray(0, 4 + (seed % 12)), mixture(2000, seed)]);
      expect(await decompress(method, bytes)).toBeInstanceOf(BackupError);
    }
  });

  it('reads files one behind the other', async () => {
    const [first = ORIGINAL, second = ORIGINAL] = await files(method);
    const empty = await through(() => openCompressor({ method }, threads), Buffer.alloc(0));
    const result = await decompress(method, Buffer.concat([first, empty, second, first]), randomly(7, 2000));
    expect(result).toEqual(Buffer.concat([ORIGINAL, ORIGINAL, ORIGINAL]));
  });

  it('takes nothing else behind a file', async () => {
    const [file = ORIGINAL] = await files(method);
    for (const garbage of ['x', 'garbage behind the end']) {
      const result = await decompress(method, Buffer.concat([file, Buffer.from(garbage)]), randomly(1, 9000));
      expect(result).toBeInstanceOf(BackupError);
      expect((result as Error).message).toMatch(COMPLAINT);
    }
  });
});
