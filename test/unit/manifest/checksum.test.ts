import { describe, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  checksumOf,
  createChecksum,
  parseChecksumAlgorithm,
} from '../../../lib/manifest/checksum.ts';

const CHECK = Buffer.from('123456789');

describe('checksumOf', () => {
  it.each<{ algorithm: ChecksumAlgorithm; bytes: Buffer; hex: string }>([
    { algorithm: 'NONE', bytes: CHECK, hex: '' },
    { algorithm: 'CRC32C', bytes: CHECK, hex: '839206e3' }, // the catalogue's check value is 0xe3069283
    { algorithm: 'CRC32C', bytes: Buffer.alloc(0), hex: '00000000' },
    { algorithm: 'SHA224', bytes: CHECK, hex: '9b3e61bf29f17c75572fae2e86e17809a4513d07c8a18152acf34521' },
    {
      algorithm: 'SHA256',
      bytes: CHECK,
      hex: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
    },
  ])('gives the digits that the manifest has for $algorithm', ({ algorithm, bytes, hex }) => {
    expect(checksumOf(algorithm, bytes)).toBe(hex);
  });

  it.each<{ algorithm: ChecksumAlgorithm; digits: number }>([
    { algorithm: 'SHA384', digits: 96 },
    { algorithm: 'SHA512', digits: 128 },
  ])('knows $algorithm', ({ algorithm, digits }) => {
    expect(checksumOf(algorithm, CHECK)).toHaveLength(digits);
  });
});

describe('createChecksum', () => {
  it.each<ChecksumAlgorithm>(['CRC32C', 'SHA256'])('does not depend on the cuts with %s', (algorithm) => {
    const checksum = createChecksum(algorithm);
    for (const byte of CHECK) checksum.update(Buffer.from([byte]));
    expect(checksum.digest()).toBe(checksumOf(algorithm, CHECK));
  });
});

describe('parseChecksumAlgorithm', () => {
  it('takes a name in any case', () => expect(parseChecksumAlgorithm('crc32c')).toBe('CRC32C'));
  it('does not know others', () => expect(parseChecksumAlgorithm('MD5')).toBeUndefined());
});
