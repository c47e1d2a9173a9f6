import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GzipCompressor } from '../../../lib/compress/gzip-compress.ts';
import { GzipDecompressor } from '../../../lib/compress/gzip-decompress.ts';
import { every, whole } from '../../support/rechunk.ts';
import { attempt, mixture, noise, through } from './material.ts';

const ORIGINAL = mixture(1_000_000);
const ZERO = Buffer.alloc(1);

describe('GzipCompressor', () => {
  it.each([
    [undefined, 0],
    [1, 4],
    [6, 0],
    [9, 2],
  ])('hints at level %s in its header', async (level, hint) => {
    const file = await through(() => new GzipCompressor(level), ORIGINAL);
    expect([...file.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, hint, 3]);
  });

  it('makes a single member', async () => {
    const file = await through(() => new GzipCompressor(6, 2), ORIGINAL);
    // zlib stops at the end of a member if no other follows it directly.
    expect(gunzipSync(Buffer.concat([file, ZERO, gzipSync('more')])).equals(ORIGINAL)).toBe(true);
    expect(file.readUInt32LE(file.length - 4)).toBe(ORIGINAL.length);
  });

  it('makes each block smaller by what is before it', async () => {
    const repeated = noise(30_000);
    const original = Buffer.concat(Array.from({ length: 40 }, () => repeated));
    expect((await through(() => new GzipCompressor(6), original)).length).toBeLessThan(45_000);
  });
});

describe('GzipDecompressor', () => {
  const file = gzipSync(ORIGINAL, { level: 1 });
  const subject = 'archive "base.tar.gz"';

  async function complaint(bytes: Buffer, cut = whole): Promise<string> {
    const result = await attempt(() => new GzipDecompressor(subject), bytes, cut);
    return result instanceof Error ? result.message : 'none';
  }

  it.each([1, 1000, 65_536, 200_000])('leaves out %i zeros behind the end', async (zeros) => {
    const padded = Buffer.concat([file, Buffer.alloc(zeros)]);
    for (const cut of [whole, every(file.length), every(4096)])
      expect((await through(() => new GzipDecompressor(subject), padded, cut)).equals(ORIGINAL)).toBe(true);
  });

  it.each([
    ['another file behind zeros', [file, Buffer.alloc(100), file], 'trailing garbage', file.length + 100],
    [
      'a file behind many zeros',
      [file, Buffer.alloc(200_000), file],
      'trailing garbage',
      file.length + 200_000,
    ],
    ['a byte behind a zero', [file, ZERO, Buffer.from('x')], 'trailing garbage', file.length + 1],
    ['nothing', [], 'unexpected end of file', 0],
    ['zeros only', [Buffer.alloc(100)], 'incorrect header check', 0],
    ['a file and half of one', [file, file.subarray(0, 5)], 'unexpected end of file', file.length + 5],
    ['half a file', [file.subarray(0, 100_000)], 'unexpected end of file', 100_000],
  ])('refuses %s', async (_name, parts, reason, offset) => {
    const message = `could not decompress ${subject}: ${reason} at byte ${offset}`;
    for (const cut of [whole, every(1000)]) expect(await complaint(Buffer.concat(parts), cut)).toBe(message);
  });

  it('says within 64 kB where the damage is', async () => {
    const message = await complaint(
      Buffer.concat([file, Buffer.from([0x1f, 0x8b, 9]), Buffer.alloc(100_000)]),
    );
    const [, reason, offset] = /: (.*) at byte (\d+)$/.exec(message) ?? [];
    expect(reason).toBe('unknown compression method');
    expect(Number(offset)).toBeLessThanOrEqual(file.length);
    expect(Number(offset)).toBeGreaterThan(file.length - 65_536);
  });
});
