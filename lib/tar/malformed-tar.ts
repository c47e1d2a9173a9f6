/**
 * The error for a tar archive that PostgreSQL cannot have sent: it names the archive, the complaint and the offset.
 */

import { BackupError } from '../errors/backup-error.ts';

/** A position in an archive. */
export interface TarPosition {
  /** The archive's name, as in `base.tar`. */
  readonly archive: string;
  /** Bytes of the archive before this position. */
  readonly offset: number;
}

/** The error for an archive that is malformed at this position. */
export function malformedTar(position: TarPosition, complaint: string): BackupError {
  return new BackupError(`malformed archive "${position.archive}": ${complaint}`, {
    detail: `The trouble begins at byte ${position.offset} of the archive.`,
  });
}
