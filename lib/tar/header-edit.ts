/**
 * Header blocks with one field changed: the block of a member in, a new block out. Besides the field, only the
 * checksum is another.
 */

import { FIELD, headerSum, writeNumber } from './header-fields.ts';

/** Longest target that a symbolic link can have; the server counts a NUL (_tarWriteHeader() in basebackup.c). */
export const MAX_LINK_TARGET_BYTES = FIELD.linkTarget.bytes - 1;

/** The header of a file for contents of another size. */
export function resizedHeader(block: Buffer, size: number): Buffer {
  const copy = Buffer.from(block);
  writeNumber(copy, FIELD.size, size);
  return summed(copy);
}

/** The header of a symbolic link that points elsewhere. The target must not be too long. */
export function retargetedHeader(block: Buffer, target: string): Buffer {
  const copy = Buffer.from(block);
  const { at, bytes } = FIELD.linkTarget;
  copy.fill(0, at, at + bytes);
  copy.write(target, at);
  return summed(copy);
}

function summed(block: Buffer): Buffer {
  writeNumber(block, FIELD.checksum, headerSum(block));
  return block;
}
