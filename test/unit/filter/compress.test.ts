/** Archives compressed inside a backup, and decompressed again. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMPRESSION_SUFFIX,
  type Compression,
  type CompressionSettings,
} from '../../../lib/compress/method.ts';
import { BackupError } from '../../../lib/errors/backup-error.ts';
import { compressArchives } from '../../../lib/filter/compress.ts';
import { decompressArchives } from '../../../lib/filter/decompress.ts';
import { AbortError } from '../../../lib/stream/abort.ts';
import { decode } from '../../../lib/stream/decode.ts';
import { encodeAbort } from '../../../lib/stream/encode.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import { anyBackup } from '../../support/any-backup.ts';
import { archive, backupFrames, data, encodeAll, smallBackup } from '../../support/frames.ts';
import { type Gathered, gather, joinData } from '../../support/gather.ts';
import { CUTS, type Cut, every, lend, randomFrom, whole } from '../../support/rechunk.ts';
import { oneByOne } from '../../support/source.ts';
import { arrange } from '../relocate/arrange.ts';

const METHODS = Object.keys(COMPRESSION_SUFFIX) as Compression[];
/** How often each is tried: zstd starts a thread each time, which from the source takes long. */
const TRIES: Readonly<Record<Compression, number>> = { gzip: 300, lz4: 300, zstd: 6 };
/** Larger than all buffers on the way. */
const NOISE = Buffer.from(Uint32Array.from({ length: 700_000 }, randomFrom(1).bind(null, 2 ** 32)).buffer);
const ZEROS = Buffer.alloc(10_000_000);

/** Through the filter, from bytes that are lent. */
async function compress(
  stream: Buffer,
  settings: CompressionSettings,
  cut: Cut = whole,
): Promise<Gathered & { told: string[] }> {
  const told: string[] = [];
  const compressed = compressArchives(settings, {
    compressedAlready: (name) => told.push(`${name} is compressed`),
    done: (name, before, after) => told.push(`${name} ${before} ${after > 0}`),
  })(decode(lend(stream, cut)));
  return { ...(await gather(compressed)), told };
}

function decompress(stream: Buffer, cut: Cut = whole): Promise<Gathered> {
  return gather(decompressArchives()(decode(lend(stream, cut))));
}

describe.each(METHODS)('%s', (method) => {
  const suffix = COMPRESSION_SUFFIX[method];

  it('is undone to the same backup', async () => {
    const property = fc.asyncProperty(anyBackup, fc.constantFrom(...CUTS), async (frames, { cut }) => {
      fc.pre(!frames.some((frame) => frame.type === 'archive' && !frame.name.endsWith('.tar')));
      const compressed = await compress(encodeAll(frames), { method, workers: 2 }, cut);
      expect(compressed.error).toBeUndefined();
      const { error, frames: again } = await decompress(compressed.bytes, cut);
      expect(error).toBeUndefined();
      expect(arrange(again)).toEqual(arrange(frames));
    });
    await fc.assert(property, { numRuns: Math.ceil(TRIES[method] / 20) });
  });

  it('keeps all frames where they are, and names archives', async () => {
    const { frames, bytes, error, told } = await compress(encodeAll(smallBackup()), { method });
    expect(error).toBeUndefined();
    expect((await gather(decode(lend(bytes, whole)))).error).toBeUndefined();
    const name = (frame: Frame) => (frame.type === 'archive' ? frame.name : frame.type);
    const expected = joinData(smallBackup()).map(name);
    expect(frames.map(name).filter((type) => type !== 'data')).toEqual(
      expected
        .filter((type) => type !== 'data')
        .map((type) => (type.endsWith('.tar') ? `${type}${suffix}` : type)),
    );
    expect(frames).toContainEqual(data('{ "PostgreSQL-Backup-Manifest-Version": 1 }\n'));
    expect(told).toEqual([
      '16384.tar 14 true',
      '4294967295.tar 14 true',
      'base.tar 14 true',
      'pg_wal.tar 30 true',
    ]);
  });

  it.each([
    ['that is empty', Buffer.alloc(0)],
    ['of random bytes', NOISE],
    ['of nothing but zeros', ZEROS],
  ])('is undone in an archive %s, in pieces of any size', async (_name, contents) => {
    const stream = encodeAll(
      backupFrames({
        copy: archive('base.tar', '', contents.subarray(0, 7_000_000), contents.subarray(7_000_000)),
      }),
    );
    const compressed = await compress(stream, { method, level: 1, workers: 2 }, every(262_144));
    for (const bytes of [100_000, 1_000_000]) {
      const { frames, error } = await decompress(compressed.bytes, every(bytes));
      expect(error).toBeUndefined();
      const [found] = frames.filter((frame) => frame.type === 'data');
      expect(Buffer.concat(found?.parts ?? []).equals(contents)).toBe(true);
    }
  });

  it('makes the same bytes, however the input comes and with any number of workers', async () => {
    const stream = encodeAll(backupFrames({ copy: archive('base.tar', '', NOISE, NOISE) }));
    const contents = async (settings: object, cut: Cut) => {
      const { frames, error } = await compress(stream, { method, level: 1, ...settings }, cut);
      expect(error).toBeUndefined();
      return Buffer.concat(frames.flatMap((frame) => (frame.type === 'data' ? frame.parts : [])));
    };
    const once = await contents({ workers: 1 }, whole);
    for (const workers of [1, 2, 3])
      expect((await contents({ workers }, every(77_777))).equals(once)).toBe(true);
  });

  it('that is cut anywhere is an error, which names the archive', async () => {
    const { frames } = await compress(
      encodeAll(backupFrames({ copy: archive('base.tar', '', NOISE.subarray(0, 500)) })),
      { method },
    );
    const [contents = Buffer.alloc(0)] = frames.flatMap((frame) =>
      frame.type === 'data' ? frame.parts : [],
    );
    expect(contents.length).toBeGreaterThan(500);
    const step = Math.ceil(contents.length / TRIES[method]);
    for (let bytes = contents.length - 1; bytes >= 0; bytes -= step) {
      const cut = backupFrames({ copy: archive(`base.tar${suffix}`, '', contents.subarray(0, bytes)) });
      const { error, frames: before } = await decompress(encodeAll(cut));
      expect(error).toBeInstanceOf(BackupError);
      expect((error as Error).message).toContain(`archive "base.tar${suffix}"`);
      expect(before.map(({ type }) => type)).not.toContain('copy-done');
    }
  });

  it('that goes on in WAL after other archives, and is cut, is an error', async () => {
    const compressed = await compress(encodeAll(smallBackup()), { method });
    const wal = compressed.frames.findLastIndex((frame) => frame.type === 'data');
    const { error } = await decompress(encodeAll(compressed.frames.toSpliced(wal, 1)));
    expect(error).toBeInstanceOf(BackupError);
    expect((error as Error).message).toContain(`archive "pg_wal.tar${suffix}"`);
  });
});

describe('compressArchives', () => {
  it('leaves alone what is compressed, and tells of each archive once', async () => {
    const copy = [
      ...archive('pg_wal.tar.lz4', '', 'one'),
      ...archive('16384.tar.gz', '/ts', 'two'),
      ...archive('pg_wal.tar.lz4', '', 'three'),
      ...archive('base.tar.zst', '', 'four'),
    ];
    const stream = encodeAll(backupFrames({ tablespaces: [{ oid: 16384, location: '/ts' }], copy }));
    const { bytes, told } = await compress(stream, { method: 'gzip' });
    expect(bytes.equals(stream)).toBe(true);
    expect(told).toEqual([
      'pg_wal.tar.lz4 is compressed',
      '16384.tar.gz is compressed',
      'base.tar.zst is compressed',
    ]);
  });

  it('stops where that is not wanted', async () => {
    const refuse = () => {
      throw new Error('not wanted');
    };
    const frames = oneByOne(backupFrames({ copy: archive('base.tar.gz', '', 'data') }));
    const listener = { compressedAlready: refuse, done: () => {} };
    expect((await gather(compressArchives({ method: 'zstd' }, listener)(frames))).error).toEqual(
      new Error('not wanted'),
    );
  });

  const GOOD = encodeAll(smallBackup());
  it.each(METHODS)('never completes a stream that is cut, with %s', async (method) => {
    const random = randomFrom(7);
    for (let count = 0; count < Math.ceil(TRIES[method] / 20); count++) {
      const { error, frames } = await compress(GOOD.subarray(0, random(GOOD.length)), { method });
      expect(error).toBeInstanceOf(BackupError);
      expect(frames.at(-1)?.type).not.toBe('end');
    }
  });

  it('passes on an abort', async () => {
    const abort = Buffer.concat(encodeAbort(new Error('the disk is on fire')));
    const { error } = await compress(Buffer.concat([GOOD.subarray(0, GOOD.length >> 1), abort]), {
      method: 'gzip',
    });
    // Cut within a message, it is not seen; after one, it is.
    expect(error).toBeInstanceOf(BackupError);
    const frames = smallBackup().slice(0, 12);
    const stream = Buffer.concat([encodeAll(frames), abort]);
    expect((await compress(stream, { method: 'gzip' })).error).toBeInstanceOf(AbortError);
    expect((await decompress(stream)).error).toBeInstanceOf(AbortError);
  });
});

describe('decompressArchives', () => {
  it('passes on what is not compressed, byte for byte', async () => {
    const stream = encodeAll(smallBackup());
    expect((await decompress(stream, every(50))).bytes.equals(stream)).toBe(true);
  });

  it('believes names, not contents', async () => {
    const copy = archive('base.tar.gz', '', 'not compressed');
    const { error } = await decompress(encodeAll(backupFrames({ copy })));
    expect(error).toBeInstanceOf(BackupError);
    const inside = archive('base.tar', '', gzipSync('compressed'));
    expect((await decompress(encodeAll(backupFrames({ copy: inside })))).frames).toEqual(
      backupFrames({ copy: inside }),
    );
  });
});
