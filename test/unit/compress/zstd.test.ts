import { describe, expect, it } from 'vitest';
import { Compressor, compress } from 'zstd-napi';
import { BackupError } from '../../../lib/backup/error.ts';
import { insistOnZstd, openZstdCompressor, openZstdDecompressor } from '../../../lib/compress/zstd.ts';
import { mostWorkers } from '../../../lib/compress/zstd-step.ts';
import { every, whole } from '../../support/rechunk.ts';
import { attempt, mixture, noise, through } from './material.ts';

const SUBJECT = 'archive "base.tar.zst"';
const ORIGINAL = mixture(20_000);
const FRAME = compress(ORIGINAL);
const MAGIC = FRAME.subarray(0, 4);
/** With three bytes in it. */
const SKIPPED = Buffer.from('502a4d1803000000010203', 'hex');

function decompress(bytes: Buffer, cut = whole): Promise<Buffer | Error> {
  return attempt(() => openZstdDecompressor(SUBJECT), bytes, cut);
}

/** A frame whose header asks for a window of two to that power. */
function frameWithWindow(log: number): Buffer {
  const lastRawBlock = Buffer.from([1, 0, 0]);
  return Buffer.concat([MAGIC, Buffer.from([0, (log - 10) << 3]), lastRawBlock]);
}

describe('openZstdCompressor', () => {
  it('makes one frame with a checksum, and without a size, whatever is known of it', async () => {
    for (const original of [Buffer.alloc(1), ORIGINAL]) {
      const file = await through(() => openZstdCompressor({ method: 'zstd' }), original);
      const checksumOnly = 0b0000_0100;
      expect(file.subarray(0, 5)).toEqual(Buffer.concat([MAGIC, Buffer.from([checksumOnly])]));
    }
  });

  it('gives the same when the thread has done something else before', async () => {
    const once = () => through(() => openZstdCompressor({ method: 'zstd', level: 5 }), ORIGINAL);
    const first = await once();
    await through(() => openZstdCompressor({ method: 'zstd', level: 1, long: true }), mixture(200_000, 7));
    await decompress(noise(1000));
    expect((await once()).equals(first)).toBe(true);
  });
});

describe('openZstdDecompressor', () => {
  it.each([
    ['frames to be skipped', [SKIPPED, FRAME, SKIPPED]],
    ['a frame without a checksum', [FRAME]],
    ['a frame of nothing', [compress(Buffer.alloc(0)), FRAME]],
    ['a window of 128 MiB', [frameWithWindow(27), FRAME]],
    ['a frame of the highest level', [new Compressor().compress(ORIGINAL)]],
  ])('reads %s', async (_name, parts) => {
    const file = Buffer.concat(parts);
    for (const cut of [whole, every(1000)]) expect(await decompress(file, cut)).toEqual(ORIGINAL);
  });

  it.each([
    ['something else', Buffer.from('base.tar'), 'unknown frame descriptor', 0],
    ['nothing', Buffer.alloc(0), 'unexpected end of file', 0],
    [
      'other things behind',
      Buffer.concat([FRAME, Buffer.from('base.tar')]),
      'unknown frame descriptor',
      FRAME.length,
    ],
    ['a larger window', frameWithWindow(28), 'frame requires too much memory for decoding', 0],
    ['half a frame to be skipped', SKIPPED.subarray(0, 9), 'unexpected end of file', 9],
  ])('refuses %s', async (_name, bytes, reason, offset) => {
    const message = `could not decompress ${SUBJECT}: ${reason} at byte ${offset}`;
    expect(await decompress(bytes)).toEqual(new BackupError(message));
  });

  it('goes on with the next after it has refused one', async () => {
    expect(await decompress(FRAME.subarray(0, 1000))).toBeInstanceOf(BackupError);
    expect(await decompress(FRAME)).toEqual(ORIGINAL);
  });
});

describe('insistOnZstd', () => {
  it('says that the package is not installed', () => {
    expect(() => insistOnZstd()).not.toThrow();
    expect(() => insistOnZstd('no-such-package')).toThrow(
      expect.objectContaining({ name: 'TroubleError', message: 'could not load the package "zstd-napi"' }),
    );
  });
});

describe('mostWorkers', () => {
  it.each([
    [-5, 32],
    [3, 32],
    [9, 16],
    [12, 8],
    [19, 4],
    [20, 1],
    [22, 1],
  ])('at level %i is %i', (level, workers) => {
    expect(mostWorkers(level)).toBe(workers);
  });
});
