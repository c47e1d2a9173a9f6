/** How bytes begin that are messages, and no tar. */

import { MESSAGE_HEAD_BYTES } from '../stream/framing.ts';

const LEAST_LENGTH = 4;

/**
 * A message's length, below 16 MiB, begins with NUL but is not zero, whereas in a tar the name ends with the
 * first NUL and has only NULs behind it. So a stream need not wait for a block of bytes to be recognised.
 */
export function beginsWithMessage(head: Buffer): boolean {
  return head.length >= MESSAGE_HEAD_BYTES && head[1] === 0 && head.readUInt32BE(1) >= LEAST_LENGTH;
}
