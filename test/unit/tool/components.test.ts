import { describe, expect, it } from 'vitest';
import { componentLines } from '../../../lib/tool/components.ts';

describe('componentLines', () => {
  it('names each component once, and what it is', () => {
    const lines = componentLines();
    const names = lines.map((line) => line.replace(/:.*/, '').replace(/ [\d.]+$/, ''));
    expect(names).toEqual([
      'Node.js',
      'gzip',
      'lz4',
      'zstd',
      'CRC-32C',
      'object stores',
      "calls of the system's libraries",
    ]);
    expect(lines[5]).toMatch(/^object stores: @aws-sdk\/client-s3 3\.\d+\.\d+$/);
    expect(lines[3]).toMatch(/^zstd: libzstd 1\.\d+\.\d+, \/\S*libzstd\.so\S*$/);
  });
});
