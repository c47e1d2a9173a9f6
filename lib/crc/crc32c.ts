/**
 * CRC-32C (Castagnoli), as PostgreSQL uses it for manifests, WAL records and pg_control (src/port/pg_crc32c.h).
 * Three ways lead to the same value: a table for a few bytes, for which a call into native code costs more
 * than it saves; the CPU's instruction through @node-rs/crc32; and Intel's ISA-L where the system has it,
 * which is several times faster on large pieces.
 */

import { lazy } from '../io/lazy.ts';
import { loadNative } from '../io/native.ts';
import { loadIsal } from './isal.ts';
import { type Crc32cFunction, tableCrc32c } from './table.ts';

type Crc32Module = typeof import('@node-rs/crc32');

/** Below this the table is faster than native code. */
const NATIVE_FROM_BYTES = 128;

/** Loaded with the first large piece: native modules cost start-up time. */
const native = lazy<Crc32cFunction>(() => loadIsal() ?? loadNative<Crc32Module>('@node-rs/crc32').crc32c);

/** The CRC of bytes, or of all that came before and these bytes. */
export function crc32c(bytes: Buffer, previous = 0): number {
  if (bytes.length < NATIVE_FROM_BYTES) return tableCrc32c(bytes, previous);
  return native()(bytes, previous);
}
