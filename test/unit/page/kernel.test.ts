import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageKernel } from '../../../lib/page/kernel.ts';
import { makePage, pageChecksum } from './reference.ts';

const PAGE_SIZES = [1024, 2048, 4096, 8192, 16384, 32768];

describe.each(PAGE_SIZES)('PageKernel with pages of %i bytes', (pageBytes) => {
  const kernel = new PageKernel(3 * pageBytes);
  const anyPage = fc
    .uint8Array({ minLength: pageBytes, maxLength: pageBytes })
    .map((bytes) => Buffer.from(bytes));
  const anyBlock = fc.oneof(fc.nat(10), fc.nat(2 ** 32 - 2));

  it('agrees with the definition, wherever the page lies', () => {
    const property = fc.property(anyPage, anyBlock, fc.nat(2), (page, block, index) => {
      kernel.memory.fill(0xff).set(page, index * pageBytes);
      expect(kernel.checksum(index * pageBytes, pageBytes, block)).toBe(pageChecksum(page, block));
    });
    fc.assert(property, { numRuns: 50 });
  });

  it('leaves the checksum out and the page as it was', () => {
    const page = makePage(pageBytes, 7, 1n);
    kernel.memory.set(page);
    const checksum = kernel.checksum(0, pageBytes, 7);
    kernel.memory.writeUInt16LE(0xabcd, 8);
    expect(kernel.checksum(0, pageBytes, 7)).toBe(checksum);
    page.writeUInt16LE(0xabcd, 8);
    expect(kernel.memory.subarray(0, pageBytes).equals(page)).toBe(true);
  });

  it('tells pages of zeros from others', () => {
    kernel.memory.fill(0xff).fill(0, pageBytes, 2 * pageBytes);
    expect(kernel.isZero(pageBytes, pageBytes)).toBe(true);
    for (const place of [0, 1, 15, 16, 127, 128, pageBytes - 1]) {
      kernel.memory[pageBytes + place] = 1;
      expect(kernel.isZero(pageBytes, pageBytes), `byte ${place}`).toBe(false);
      kernel.memory[pageBytes + place] = 0;
    }
  });
});

describe('PageKernel', () => {
  it('sees every changed bit of a page', () => {
    const kernel = new PageKernel(1024);
    const page = makePage(1024, 0, 1n);
    const right = pageChecksum(page, 0);
    for (let bit = 0; bit < 8 * 1024; bit++) {
      kernel.memory.set(page);
      const byte = bit >> 3;
      if (byte === 8 || byte === 9) continue; // the checksum itself
      kernel.memory[byte] = (page[byte] ?? 0) ^ (1 << (bit & 7));
      expect(kernel.checksum(0, 1024, 0)).not.toBe(right);
    }
  });
});
