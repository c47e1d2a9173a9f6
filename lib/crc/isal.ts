/**
 * Intel's ISA-L, called through koffi, which has the fastest CRC-32C there is. Both are optional: no npm package
 * contains the library, but many systems have it (Debian's libisal2, Fedora's isa-l).
 */

import { loadKoffi } from '../io/koffi.ts';
import type { Crc32cFunction } from './table.ts';

const LIBRARY = 'libisal.so.2';
const SIGNATURE = 'uint32_t crc32_iscsi(const void *bytes, int length, uint32_t state)';
/** Longer pieces would not fit the length's type, and none come near. */
const MAX_BYTES = 2 ** 31 - 1;
/** The check value in the catalogues of CRCs: the CRC of "123456789". */
const CHECK = { bytes: Buffer.from('123456789'), crc: 0xe3069283 };

/** The library's function; undefined where it is missing or computes something else. */
export function loadIsal(library = LIBRARY): Crc32cFunction | undefined {
  try {
    const crc32Iscsi = loadKoffi().load(library).func(SIGNATURE);
    // The caller has to invert the value before and after.
    const crc32c: Crc32cFunction = (bytes, previous) => {
      if (bytes.length > MAX_BYTES) throw new RangeError('too many bytes for one call of crc32_iscsi()');
      return ~crc32Iscsi(bytes, bytes.length, ~previous >>> 0) >>> 0;
    };
    return crc32c(CHECK.bytes, 0) === CHECK.crc ? crc32c : undefined;
  } catch {
    return undefined;
  }
}
