/** The checksum of LZ4's frames (xxHash, 32 bits). */

import { lazy } from '../io/lazy.ts';
import { loadNative } from '../io/native.ts';

type Xxhash = typeof import('@node-rs/xxhash');

const xxhash = lazy(() => loadNative<Xxhash>('@node-rs/xxhash'));

/** Of these bytes. */
export function xxh32(bytes: Buffer): number {
  return xxhash().xxh32(bytes);
}

/** Of bytes that come in pieces. */
export function createXxh32(): InstanceType<Xxhash['Xxh32']> {
  const { Xxh32 } = xxhash();
  return new Xxh32();
}
