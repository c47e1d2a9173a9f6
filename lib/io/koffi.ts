/**
 * koffi, which calls functions of the system's libraries. It is optional, and takes some milliseconds to load, so it is
 * loaded where it is needed and not before.
 */

import { requirePackage } from './native.ts';

type Koffi = typeof import('koffi');

/** Loads the package. Throws if it is not installed, or not for this machine. */
export function loadKoffi(): Koffi {
  return requirePackage<Koffi>('koffi');
}

/** Loads glibc. Throws what loadKoffi() does, and where the C library is another one (musl). */
export function loadLibc() {
  return loadKoffi().load('libc.so.6');
}
