import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { MAGIC_BYTES, recogniseCompression } from '../../../lib/compress/magic.ts';
import { zstdFrame } from '../../support/zstd.ts';

describe('recogniseCompression', () => {
  it.each([
    ['gzip', gzipSync('')],
    ['lz4', compressFrameSync(Buffer.from('x'))],
    ['zstd', zstdFrame(Buffer.from('x'))],
    [undefined, Buffer.from('base.tar')],
  ])('knows %s by its first bytes', (method, bytes) => {
    expect(recogniseCompression(bytes)).toBe(method);
    expect(recogniseCompression(bytes.subarray(0, MAGIC_BYTES))).toBe(method);
    expect(recogniseCompression(bytes.subarray(0, 1))).toBeUndefined();
  });
});
