import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openZstdCompressor, openZstdDecompressor } from '../../../lib/compress/zstd.ts';
import { loadNodeZstd } from '../../../lib/compress/zstd-node.ts';
import { ZstdThreads } from '../../../lib/compress/zstd-threads.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { every, randomly, whole } from '../../support/rechunk.ts';
import { zstdFrame } from '../../support/zstd.ts';
import { attempt, mixture, noise, through } from './material.ts';

/** The library that is looked for; undefined for that of the system. */
let library: string | undefined;
vi.mock('../../../lib/compress/zstd-library.ts', async (original) => {
  const module = await original<typeof import('../../../lib/compress/zstd-library.ts')>();
  return { ...module, loadZstdLibrary: () => module.loadZstdLibrary(library) };
});

const SUBJECT = 'archive "base.tar.zst"';
const ORIGINAL = mixture(20_000);
const FRAME = zstdFrame(ORIGINAL);
const MAGIC = FRAME.subarray(0, 4);
/** With three bytes in it. */
const SKIPPED = Buffer.from('502a4d1803000000010203', 'hex');
const SKIPPED_NOTHING = Buffer.from('502a4d1800000000', 'hex');

const NO_LIBRARY = 'no-such-library.so';
const hasNode = loadNodeZstd() !== undefined;
if (!hasNode) process.stderr.write('this Node.js has no zstd: some tests are skipped\n');
/** By the system's libzstd, and by that of Node.js. */
const LIBRARIES: readonly [string, string | undefined][] = [
  ['libzstd', undefined],
  ...(hasNode ? [['Node.js', NO_LIBRARY] as [string, string]] : []),
];

/** A frame whose header asks for a window of two to that power. */
function frameWithWindow(log: number): Buffer {
  const lastRawBlock = Buffer.from([1, 0, 0]);
  return Buffer.concat([MAGIC, Buffer.from([0, (log - 10) << 3]), lastRawBlock]);
}

describe.each(LIBRARIES)('zstd by %s', (_library, name) => {
  const threads = new ZstdThreads();
  const compress = (settings = {}, original = ORIGINAL) =>
    through(() => openZstdCompressor({ method: 'zstd', ...settings }, threads), original);
  const decompress = (bytes: Buffer, cut = whole) =>
    attempt(() => openZstdDecompressor(SUBJECT, threads), bytes, cut);
  beforeEach(() => {
    library = name;
  });

  it('makes one frame with a checksum, and without a size, whatever is known of it', async () => {
    for (const original of [Buffer.alloc(1), ORIGINAL]) {
      const checksumOnly = 0b0000_0100;
      const file = await compress({}, original);
      expect(file.subarray(0, 5)).toEqual(Buffer.concat([MAGIC, Buffer.from([checksumOnly])]));
    }
  });

  it('gives the same when something else was done before', async () => {
    const first = await compress({ level: 5 });
    await compress({ level: 1, long: true }, mixture(200_000, 7));
    await decompress(noise(1000));
    expect((await compress({ level: 5 })).equals(first)).toBe(true);
  });

  it.each([
    { level: -131_072 },
    { level: -5, workers: 3 },
    { level: 19 },
    { level: 22, long: true },
    { long: true, workers: 256 },
  ])('reads what it makes with %o', async (settings) => {
    expect(await decompress(await compress(settings))).toEqual(ORIGINAL);
  });

  it.each([
    ['frames to be skipped', [SKIPPED, FRAME, SKIPPED]],
    ['nothing to be skipped', [FRAME, SKIPPED_NOTHING]],
    ['a frame without a checksum', [FRAME]],
    ['a frame of nothing', [zstdFrame(Buffer.alloc(0)), FRAME]],
    ['a window of 128 MiB', [frameWithWindow(27), FRAME]],
    ['a frame of the highest level', [zstdFrame(ORIGINAL, 22)]],
    ['frames of many blocks', [zstdFrame(noise(300_000), 1), zstdFrame(Buffer.alloc(1_000_000), 1)]],
  ])('reads %s', async (_name, parts) => {
    const file = Buffer.concat(parts);
    const contents = await decompress(file);
    expect(contents).toBeInstanceOf(Buffer);
    if (file.length < 100_000) expect(contents).toEqual(ORIGINAL);
    for (const cut of [every(1000), randomly(1, 5), randomly(2, 70_000)]) {
      expect((contents as Buffer).equals((await decompress(file, cut)) as Buffer)).toBe(true);
    }
  });

  it.each([
    ['something else', Buffer.from('base.tar'), 'unknown frame descriptor', 0],
    ['nothing', Buffer.alloc(0), 'unexpected end of file', 0],
    [
      'other things after the end',
      Buffer.concat([FRAME, Buffer.from('base.tar')]),
      'unknown frame descriptor',
      FRAME.length,
    ],
    ['a larger window', frameWithWindow(28), 'frame requires too much memory for decoding', 0],
    ['half a frame to be skipped', SKIPPED.subarray(0, 9), 'unexpected end of file', 9],
  ])('refuses %s', async (_name, bytes, reason, offset) => {
    const error = await decompress(bytes);
    expect(error).toBeInstanceOf(BackupError);
    expect((error as Error).message).toBe(`could not decompress ${SUBJECT}: ${reason} at byte ${offset}`);
  });

  it('goes on with the next after it has refused one', async () => {
    expect(await decompress(FRAME.subarray(0, 1000))).toBeInstanceOf(BackupError);
    expect(await decompress(FRAME)).toEqual(ORIGINAL);
  });

  it('refuses every file that is cut', async () => {
    const file = await compress();
    for (let length = 0; length < file.length; length += 1 + (length >> 3)) {
      expect(await decompress(file.subarray(0, length))).toEqual(
        new BackupError(`could not decompress ${SUBJECT}: unexpected end of file at byte ${length}`),
      );
    }
  });
});

describe('where neither the library nor Node.js has zstd', () => {
  it.skipIf(hasNode)('says what to install', () => {
    const trouble = {
      name: 'TroubleError',
      message: 'could not load libzstd',
      detail: expect.stringMatching(/^Failed to load .*[^.]\.$/),
      hint: expect.stringMatching(/^Install libzstd /),
    };
    library = NO_LIBRARY;
    expect(() => openZstdDecompressor(SUBJECT)).toThrow(expect.objectContaining(trouble));
    expect(() => openZstdCompressor({ method: 'zstd' })).toThrow(expect.objectContaining(trouble));
  });
});
