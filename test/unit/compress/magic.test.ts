import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { describe, expect, it } from 'vitest';
import { bytesToRecognise, recogniseCompression } from '../../../lib/compress/magic.ts';
import { zstdFrame } from '../../support/zstd.ts';

describe('recogniseCompression', () => {
  it.each([
    ['gzip', gzipSync('')],
    ['lz4', compressFrameSync(Buffer.from('x'))],
    ['zstd', zstdFrame(Buffer.from('x'))],
    [undefined, Buffer.from('base.tar')],
  ])('knows %s by its first bytes', (method, bytes) => {
    expect(recogniseCompression(bytes)).toBe(method);
    expect(recogniseCompression(bytes.subarray(0, bytesToRecognise(bytes)))).toBe(method);
    expect(recogniseCompression(bytes.subarray(0, 1))).toBeUndefined();
  });

  const skippable = (kind: number, length: number, said = length) => {
    const frame = Buffer.alloc(8 + length, 'user data');
    frame.writeUInt32LE(0x184d2a50 + kind, 0);
    frame.writeUInt32LE(said, 4);
    return frame;
  };

  it.each([
    ['lz4', compressFrameSync(Buffer.from('x'))],
    ['zstd', zstdFrame(Buffer.from('x'))],
  ])('knows %s after skippable frames, asking for no more than it needs', (method, bytes) => {
    const whole = Buffer.concat([skippable(0, 4), skippable(15, 0), skippable(7, 1000), bytes]);
    let length = 1;
    for (let head = whole.subarray(0, 1); head.length < bytesToRecognise(head); length++) {
      expect(recogniseCompression(head)).toBeUndefined();
      head = whole.subarray(0, length + 1);
    }
    expect(length).toBe(whole.length - bytes.length + 4);
    expect(recogniseCompression(whole.subarray(0, length))).toBe(method);
  });

  it.each([
    ['gzip, which has none', Buffer.concat([skippable(0, 4), gzipSync('')])],
    ['what is too long', Buffer.concat([skippable(0, 64 * 1024), zstdFrame(Buffer.from('x'))])],
    ['a length that lies', Buffer.concat([skippable(0, 4, 0xffffffff), zstdFrame(Buffer.from('x'))])],
  ])('does not know after skippable frames: %s', (_name, bytes) => {
    expect(recogniseCompression(bytes)).toBeUndefined();
    expect(bytesToRecognise(bytes)).toBeLessThanOrEqual(64 * 1024 + 4);
  });
});
