/**
 * The error for a tar archive that is not what PostgreSQL sends: it names the archive, the complaint and the
 * byte at which the trouble begins.
 */

import { BackupError } from '../errors/backup-error.ts';

/** Where in an archive something stands. */
export interface TarPlace {
  /** The archive's name, as in `base.tar`. */
  readonly archive: string;
  /** Bytes of the archive before that place. */
  readonly offset: number;
}

/** The error for an archive that is malformed at this place. */
export function malformedTar(place: TarPlace, complaint: string): BackupError {
  return new BackupError(`malformed archive "${place.archive}": ${complaint}`, {
    detail: `The trouble begins at byte ${place.offset} of the archive.`,
  });
}
