import { describe, expect, it } from 'vitest';
import { loadZstdLibrary } from '../../../lib/compress/zstd-library.ts';

describe('loadZstdLibrary', () => {
  const { version, createCompression, createDecompression } = loadZstdLibrary();

  it('tells its version', () => {
    expect(version).toMatch(/^1\.\d+\.\d+$/);
  });

  it('throws what the library complains about, in its words', () => {
    const compression = createCompression();
    expect(() => compression.set('windowLog', 99)).toThrow('Parameter is out of bound');
    const decompression = createDecompression();
    expect(() => decompression.decompress(Buffer.alloc(10), Buffer.from('base.tar'))).toThrow(
      'Unknown frame descriptor',
    );
    compression.free();
    decompression.free();
  });

  it('compresses and decompresses in memory of any kind, an empty one too', () => {
    const compressed = Buffer.from(new SharedArrayBuffer(100));
    const compression = createCompression();
    const taken = compression.compress(compressed, Buffer.from('page'), false);
    expect(taken).toMatchObject({ consumed: 4 });
    const ended = compression.compress(compressed.subarray(taken.produced), Buffer.alloc(0), true);
    expect(ended).toMatchObject({ left: 0, consumed: 0 });
    compression.free();
    const decompression = createDecompression();
    const file = compressed.subarray(0, taken.produced + ended.produced);
    const contents = Buffer.alloc(100);
    expect(decompression.decompress(contents, file)).toEqual({ left: 0, consumed: file.length, produced: 4 });
    expect(contents.toString('utf8', 0, 4)).toBe('page');
    decompression.free();
  });
});
