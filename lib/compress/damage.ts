/** Compressed bytes that cannot be decompressed: cut short, damaged, or in a form that no tool here makes. */

import { BackupError, type Remarks } from '../backup/error.ts';

/** Where compressed bytes come from, and how far they were good. */
export interface Place {
  /** As in an error: `archive "base.tar.zst"`, `standard input`. */
  readonly subject: string;
  /** In the compressed bytes; that of the block or piece in which the fault lies. */
  readonly offset: number;
}

/** The error for compressed bytes that are wrong at a place. */
export function damaged(place: Place, reason: string, remarks: Remarks = {}): BackupError {
  return new BackupError(`could not decompress ${place.subject}: ${reason} at byte ${place.offset}`, remarks);
}
