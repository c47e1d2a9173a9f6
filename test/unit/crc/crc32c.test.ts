/** All ways to a CRC-32C give the value of the plain definition, bit by bit. */

import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32c, crc32cOfZeros, shiftCrc32c } from '../../../lib/crc/combine.ts';
import { crc32c } from '../../../lib/crc/crc32c.ts';
import { loadIsal } from '../../../lib/crc/isal.ts';
import { type Crc32cFunction, tableCrc32c } from '../../../lib/crc/table.ts';

/** The definition: a division of polynomials, one bit after the other. */
const plain: Crc32cFunction = (bytes, previous) => {
  let crc = ~previous;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
};

const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));
const isal = loadIsal();

const WAYS: readonly { name: string; way: Crc32cFunction }[] = [
  { name: 'crc32c', way: crc32c },
  { name: 'the table', way: tableCrc32c },
  { name: '@node-rs/crc32', way: createRequire(import.meta.url)('@node-rs/crc32').crc32c },
  ...(isal === undefined ? [] : [{ name: 'ISA-L', way: isal }]),
];

describe.each(WAYS)('$name', ({ way }) => {
  it.each([
    ['', 0],
    ['a', 0xc1d04330],
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa], // RFC 3720, B.4
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('gives the published value of %j', (text, value) => {
    expect(way(Buffer.from(text, 'latin1'), 0)).toBe(value);
  });

  it('agrees with the definition at any length and alignment', () => {
    const property = fc.property(anyBytes(600), fc.nat(15), (bytes, skipped) => {
      const piece = bytes.subarray(skipped);
      return way(piece, 0) === plain(piece, 0);
    });
    fc.assert(property);
  });

  it('goes on where the bytes before have ended', () => {
    const property = fc.property(
      anyBytes(600),
      anyBytes(600),
      (first, second) => way(second, way(first, 0)) === plain(Buffer.concat([first, second]), 0),
    );
    fc.assert(property);
  });
});

describe('loadIsal', () => {
  it.each(['libno-such-library.so.0', 'libc.so.6'])('gives nothing where it finds only %s', (library) => {
    expect(loadIsal(library)).toBeUndefined();
  });
});

describe('combineCrc32c', () => {
  it('gives the value of the whole for any two parts', () => {
    const property = fc.property(anyBytes(300), anyBytes(300), (first, second) => {
      const combined = combineCrc32c(crc32c(first), crc32c(second), second.length);
      return combined === plain(Buffer.concat([first, second]), 0);
    });
    fc.assert(property);
  });

  it('can count beyond 4 GiB', () => {
    // The order of x modulo the polynomial: as many zero bytes take a value round to where it was.
    const cycle = 2 ** 31 - 1;
    const [first, second] = [crc32c(Buffer.from('first')), crc32c(Buffer.from('second'))];
    expect(combineCrc32c(first, second, 6 + 3 * cycle)).toBe(combineCrc32c(first, second, 6));
  });
});

describe('shiftCrc32c', () => {
  it('goes on and back', () => {
    const property = fc.property(fc.integer({ min: 0 }), fc.nat(2 ** 40), (crc, bytes) => {
      const there = shiftCrc32c(crc, bytes);
      return (
        shiftCrc32c(there, -bytes) === crc &&
        shiftCrc32c(shiftCrc32c(there, 7), 5 - bytes) === shiftCrc32c(crc, 12)
      );
    });
    fc.assert(property);
  });
});

describe('crc32cOfZeros', () => {
  it.each([0, 1, 2, 3, 127, 8192, 1_000_001])('is that of %d zero bytes', (bytes) => {
    expect(crc32cOfZeros(bytes)).toBe(plain(Buffer.alloc(bytes), 0));
  });
});
