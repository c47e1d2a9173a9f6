import { xxh32 } from '@node-rs/xxhash';
import { describe, expect, it } from 'vitest';
import { chooseCompression } from '../../../lib/compress/lz4-blocks.ts';
import { Lz4Compressor } from '../../../lib/compress/lz4-compress.ts';
import { Lz4Decompressor } from '../../../lib/compress/lz4-decompress.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { TroubleError } from '../../../lib/errors/trouble.ts';
import { CUTS, every, randomly, whole } from '../../support/rechunk.ts';
import { block, frameHeader, linkedFrame, uint32 } from './lz4-build.ts';
import { attempt, mixture, noise, through } from './material.ts';

const NO_LIBRARY = 'liblz4-of-no-system.so';
const SUBJECT = 'archive "base.tar.lz4"';
const END = uint32(0);
const NOTHING = Buffer.alloc(0);
const INDEPENDENT = 0b0110_0000;
const WITH_SIZE = 0b0110_1000;
const WITH_CHECKSUM = 0b0110_0100;

/** With the system's library, and without it. */
const LIBRARIES = [
  ['the library', undefined],
  ['no library', NO_LIBRARY],
] as const;

function decompress(bytes: Buffer, cut = whole, library?: string): Promise<Buffer | Error> {
  return attempt(() => new Lz4Decompressor(SUBJECT, library), bytes, cut);
}

/** A frame of independent blocks, stored. */
function frame(
  contents: Buffer,
  flags = INDEPENDENT,
  fields: Buffer = NOTHING,
  behind: Buffer = NOTHING,
): Buffer {
  return Buffer.concat([frameHeader({ flags, fields }), block(contents, true), END, behind]);
}

describe.each(LIBRARIES)('Lz4Compressor with %s', (_name, library) => {
  it('makes one frame of independent blocks with a checksum of the contents', async () => {
    const original = mixture(2_600_000);
    const file = await through(() => new Lz4Compressor(1, 2, library), original);
    expect(file.subarray(0, 7)).toEqual(frameHeader({ flags: 0x64, sizes: 0x60 }));
    expect(file.subarray(-8)).toEqual(Buffer.concat([END, uint32(xxh32(original))]));
    expect(file.length).toBeLessThan(original.length);
    const result = await decompress(file, randomly(1, 300_000), library);
    expect(result instanceof Buffer && result.equals(original)).toBe(true);
  });

  it('stores a block that does not become smaller', async () => {
    const original = noise(1000);
    const file = await through(() => new Lz4Compressor(1, 1, library), original);
    expect(file.subarray(7, -8)).toEqual(block(original, true));
  });

  it('needs no library for levels 1 and 2', () => {
    expect(() => chooseCompression(2, library)).not.toThrow();
  });
});

it('says what the high levels of lz4 need', () => {
  expect(() => chooseCompression(3, NO_LIBRARY)).toThrow(TroubleError);
});

describe.each(LIBRARIES)('Lz4Decompressor with %s', (_name, library) => {
  it.each(CUTS)('reads linked blocks that come $name', async ({ cut }) => {
    const contents = [10, 3000, 40, 0, 1, 5000].map((bytes, seed) => mixture(bytes, seed));
    expect(await decompress(linkedFrame(contents), cut, library)).toEqual(Buffer.concat(contents));
  });

  it.each([
    ['of 256 kB', 0x50, Array.from({ length: 8 }, () => 262_144)],
    ['of 4 MB', 0x70, [4_194_304, 100]],
    ['smaller than what they refer to', 0x50, Array.from({ length: 100 }, (_, index) => 997 * (index % 7))],
  ])('reads linked blocks %s', async (_size, sizes, lengths) => {
    // The same noise again and again, which compresses only if what came before is looked at.
    const repeated = noise(50_000);
    const all = Buffer.alloc(
      lengths.reduce((sum, length) => sum + length, 0),
      repeated,
    );
    let end = 0;
    const contents = lengths.map((length) => {
      end += length;
      return all.subarray(end - length, end);
    });
    const file = linkedFrame(contents, { sizes });
    expect(file.length).toBeLessThan(all.length / 2 + 60_000);
    const result = await decompress(file, randomly(1, 300_000), library);
    expect(result instanceof Buffer && result.equals(all)).toBe(true);
  });

  it('reads linked blocks of which some are stored', async () => {
    const stored = noise(70_000);
    const blocks = [block(stored, true, xxh32(stored))];
    const file = linkedFrame([mixture(100)]);
    const ours = Buffer.concat([frameHeader({ flags: 0b0101_0000 }), ...blocks, file.subarray(7, -8), END]);
    expect(await decompress(ours, every(5000), library)).toEqual(Buffer.concat([stored, mixture(100)]));
  });

  it('refuses a damaged block, and tells which', async () => {
    const good = block(noise(500), true);
    const file = Buffer.concat([frameHeader({ flags: INDEPENDENT }), good, block(noise(50), false), END]);
    expect(await decompress(file, whole, library)).toEqual(
      new BackupError(`could not decompress ${SUBJECT}: damaged LZ4 block at byte ${7 + good.length}`),
    );
  });

  it('takes no block that becomes larger than its frame allows', async () => {
    const contents = Buffer.alloc(65_537);
    const file = linkedFrame([contents], { flags: INDEPENDENT, sizes: 0x40 });
    expect(await decompress(file, whole, library)).toBeInstanceOf(BackupError);
    expect(await decompress(linkedFrame([contents], { flags: INDEPENDENT }), whole, library)).toEqual(
      contents,
    );
  });
});

describe('Lz4Decompressor', () => {
  const text = Buffer.from('text');
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(4n);

  it.each([
    ['a frame with its size', frame(text, WITH_SIZE, size)],
    ['a frame with a checksum', frame(text, WITH_CHECKSUM, undefined, uint32(xxh32(text)))],
    [
      'frames to be skipped',
      [uint32(0x184d2a50), uint32(3), text.subarray(1), frame(text), uint32(0x184d2a5f), END],
    ],
    ['a frame without blocks', [frameHeader({ flags: INDEPENDENT }), END, frame(text)]],
    ['a block of nothing', [frameHeader({ flags: INDEPENDENT }), block(text, true), uint32(0x80000000), END]],
  ])('reads %s', async (_name, parts) => {
    const bytes = Buffer.concat([parts].flat());
    for (const { cut } of CUTS) expect(await decompress(bytes, cut)).toEqual(text);
  });

  it.each([
    ['something else', Buffer.from('base.tar'), 'not in LZ4 format', 0],
    ['the legacy format', uint32(0x184c2102), 'LZ4 frame of the legacy format', 0],
    [
      'the legacy format after another frame',
      Buffer.concat([frame(text), uint32(0x184c2102)]),
      'LZ4 frame of the legacy format',
      19,
    ],
    ['another version', frameHeader({ flags: 0b1010_0000 }), 'unknown version of the LZ4 frame format', 0],
    ['a dictionary', frameHeader({ flags: 0b0110_0001 }), 'LZ4 frame that needs a dictionary', 0],
    ['a reserved flag', frameHeader({ flags: 0b0110_0010 }), 'invalid LZ4 frame header', 0],
    ['a reserved size', frameHeader({ flags: INDEPENDENT, sizes: 0x51 }), 'invalid LZ4 frame header', 0],
    [
      'blocks of an unknown size',
      frameHeader({ flags: INDEPENDENT, sizes: 0x30 }),
      'invalid LZ4 frame header',
      0,
    ],
    ['a changed header', frameHeader({ headerChecksum: 1 }), 'wrong checksum of the LZ4 frame header', 0],
    [
      'a block that is too large',
      Buffer.concat([frameHeader({ flags: INDEPENDENT, sizes: 0x40 }), uint32(65_537)]),
      'LZ4 block larger than its frame allows',
      7,
    ],
    [
      'a stored block that is too large',
      Buffer.concat([frameHeader({ flags: INDEPENDENT, sizes: 0x40 }), uint32(0x80010001)]),
      'LZ4 block larger than its frame allows',
      7,
    ],
    [
      'a wrong checksum of a block',
      Buffer.concat([frameHeader({ flags: 0b0111_0000 }), block(text, true, 1), END]),
      'wrong checksum of an LZ4 block',
      7,
    ],
    [
      'a wrong checksum',
      frame(text, WITH_CHECKSUM, undefined, uint32(1)),
      'wrong checksum of the contents',
      15,
    ],
    [
      'another size than it says',
      frame(Buffer.from('texts'), WITH_SIZE, size),
      'wrong size of the contents',
      24,
    ],
    ['a magic number and a half', uint32(0x184d2204).subarray(0, 3), 'unexpected end of file', 3],
    [
      'a frame that skips too far',
      Buffer.concat([uint32(0x184d2a50), uint32(9), text]),
      'unexpected end of file',
      12,
    ],
    ['other things behind', Buffer.concat([frame(text), text]), 'trailing garbage', 19],
  ])('refuses %s', async (_name, bytes, reason, offset) => {
    for (const { cut } of CUTS) {
      expect(await decompress(bytes, cut)).toEqual(
        new BackupError(`could not decompress ${SUBJECT}: ${reason} at byte ${offset}`),
      );
    }
  });
});
