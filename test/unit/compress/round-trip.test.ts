/** All methods: what was compressed is decompressed to the same, and comes out the same however it is done. */

import { describe, expect, it } from 'vitest';
import { openCompressor } from '../../../lib/compress/compressor.ts';
import { openDecompressor } from '../../../lib/compress/decompressor.ts';
import type { Compression, CompressionSettings } from '../../../lib/compress/method.ts';
import { ZstdThreads } from '../../../lib/compress/zstd-threads.ts';
import { every, randomly, whole } from '../../support/rechunk.ts';
import { isLz4LibraryThere, mixture, noise, through } from './material.ts';

const threads = new ZstdThreads();

const HIGH_LZ4 = isLz4LibraryThere() ? [3, 12] : [];
const LEVELS: Readonly<Record<Compression, readonly (number | undefined)[]>> = {
  gzip: [undefined, 1, 6, 9],
  lz4: [undefined, 1, 2, ...HIGH_LZ4],
  zstd: [undefined, -5, 1, 3, 12],
};
const METHODS = Object.keys(LEVELS) as Compression[];
const METHOD_LEVELS = METHODS.flatMap((method) => LEVELS[method].map((level) => ({ method, level })));

/** The blocks of all methods are of one of these sizes. */
const EDGES = [64, 256, 1024, 4096].flatMap((kilobytes) => [-1, 0, 1].map((more) => kilobytes * 1024 + more));

function compress(settings: CompressionSettings, bytes: Buffer, cut = whole): Promise<Buffer> {
  return through(() => openCompressor(settings, threads), bytes, cut);
}

function decompress(method: Compression, bytes: Buffer, cut = whole): Promise<Buffer> {
  return through(() => openDecompressor(method, 'the test', threads), bytes, cut);
}

/** Compares without printing megabytes. */
function expectSame(one: Buffer, other: Buffer): void {
  expect(one.equals(other)).toBe(true);
}

describe.each(METHODS)('%s', (method) => {
  it.each([0, 1, 100, ...EDGES])('gives %i bytes back', async (bytes) => {
    for (const original of [mixture(bytes), noise(bytes), Buffer.alloc(bytes)]) {
      const compressed = await compress({ method }, original, randomly(bytes, 100_000));
      expectSame(await decompress(method, compressed, randomly(bytes, 50_000)), original);
    }
  });

  it('makes no more of noise than it must', async () => {
    const original = noise(3_000_000);
    const { length } = await compress({ method }, original);
    expect(length).toBeLessThan(original.length * 1.001);
  });

  it('gives back what shrinks to nothing, in pieces of bounded size', async () => {
    const original = Buffer.alloc(40_000_000);
    const compressed = await compress({ method }, original);
    let bytes = 0;
    const codec = await openDecompressor(method, 'the test', threads);
    for (const part of [codec.push(compressed), codec.end()]) {
      for await (const piece of part) {
        expect(piece.length).toBeLessThanOrEqual(4 * 1024 * 1024);
        bytes += piece.length;
      }
    }
    codec.close();
    expect(bytes).toBe(original.length);
  });
});

describe.each(METHOD_LEVELS)('$method at level $level', ({ method, level }) => {
  const original = mixture(3_000_000);

  it('comes out the same whatever the workers and the pieces that come in', async () => {
    const compressed = await compress({ method, level }, original);
    expectSame(await decompress(method, compressed), original);
    for (const workers of [2, 5])
      expectSame(
        await compress({ method, level, workers }, original, randomly(workers, 300_000)),
        compressed,
      );
    expectSame(await compress({ method, level, workers: 2 }, original, every(7_777)), compressed);
  });

  it('compresses', async () => {
    expect((await compress({ method, level }, original)).length).toBeLessThan(original.length / 2);
  });
});

describe('zstd over long distances', () => {
  it('finds what was there before', async () => {
    const block = noise(10_000_000);
    const original = Buffer.concat([block, block]);
    const settings = { method: 'zstd', long: true } as const;
    const compressed = await compress(settings, original);
    expect(compressed.length).toBeLessThan(block.length * 1.01);
    expectSame(await compress({ ...settings, workers: 3 }, original, every(123_456)), compressed);
    expectSame(await decompress('zstd', compressed, every(100_000)), original);
  });
});

describe('a codec', () => {
  it.each(METHODS)('can be closed at any time, and twice: %s', async (method) => {
    const original = mixture(5_000_000);
    const compressed = await compress({ method }, original);
    const opened = [
      { open: () => openCompressor({ method, workers: 2 }), bytes: original },
      { open: () => openDecompressor(method, 'the test', threads), bytes: compressed },
    ];
    for (const { open, bytes } of opened) {
      for (const length of [0, 10, bytes.length]) {
        const codec = await open();
        for await (const _piece of codec.push(bytes.subarray(0, length))) break;
        codec.close();
        codec.close();
      }
    }
    // Others are not disturbed by what still runs.
    expectSame(await decompress(method, compressed), original);
  });

  it.each(METHODS)('does not mind another at the same time: %s', async (method) => {
    const originals = [1, 2, 3].map((seed) => mixture(2_000_000, seed));
    const all = await Promise.all(originals.map((original) => compress({ method }, original)));
    const back = await Promise.all(all.map((compressed) => decompress(method, compressed)));
    for (const [index, original] of originals.entries()) expectSame(back[index] ?? Buffer.alloc(0), original);
  });
});
