/** Writing bytes that lie in several buffers, of which the system may take less than all at a time. */

import { writeSync, writevSync } from 'node:fs';

/** The buffers without their first bytes. */
export function skip(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let left = bytes;
  const first = buffers.findIndex((buffer) => {
    if (left < buffer.length) return true;
    left -= buffer.length;
    return false;
  });
  if (first < 0) return [];
  const [cut = Buffer.alloc(0), ...others] = buffers.slice(first);
  return [cut.subarray(left), ...others];
}

/**
 * Writes all of it to a file, at its current position or at the one given. If the system takes less, as on a disk that
 * is nearly full, the next call fails with the reason. A single buffer has a short way, since small files are many.
 */
export function writeAllSync(fd: number, buffers: readonly Buffer[], position: number | null = null): void {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const [only] = rest;
    const written =
      rest.length === 1 && only !== undefined
        ? writeSync(fd, only, 0, only.length, at)
        : writevSync(fd, rest, at ?? undefined);
    rest = skip(rest, written);
    if (at !== null) at += written;
  }
}
