/** Compressed bytes that cannot be decompressed: cut short, damaged, or in a form that is not accepted here. */

import { BackupError } from '../errors/backup-error.ts';

/** The reason for a file that ends too early, in the words of the compression programs. */
export const CUT_SHORT = 'unexpected end of file';

/**
 * The error for the bytes of the subject, as in `archive "base.tar.zst"`. The offset is that of the block, or
 * of the piece, in which the fault lies.
 */
export function damaged(subject: string, offset: number, reason: string, cause?: unknown): BackupError {
  return new BackupError(`could not decompress ${subject}: ${reason} at byte ${offset}`, { cause });
}
