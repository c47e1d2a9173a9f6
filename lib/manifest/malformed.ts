/** The complaint about a manifest that is not what the server writes, in the words of pg_verifybackup. */

import { BackupError } from '../backup/error.ts';

/** The error for a manifest that cannot be read. */
export function malformedManifest(complaint: string): BackupError {
  return new BackupError(`could not parse backup manifest: ${complaint}`);
}
