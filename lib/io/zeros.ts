/** Bytes that are all zero. */

const ZEROS = Buffer.alloc(64 * 1024);

/** Whether there is nothing but zeros in these bytes. */
export function isZero(bytes: Buffer): boolean {
  for (let position = 0; position < bytes.length; position += ZEROS.length) {
    const piece = bytes.subarray(position, position + ZEROS.length);
    if (piece.compare(ZEROS, 0, piece.length) !== 0) return false;
  }
  return true;
}
