/** Errors for a manifest that no known server writes, in the words of pg_verifybackup. */

import { BackupError } from '../errors/backup-error.ts';
import { NewerVersionError } from '../postgres/newer.ts';
import { NEWEST_MANIFEST } from '../postgres/versions.ts';

/** The error for a manifest that cannot be read. */
export function malformedManifest(complaint: string): BackupError {
  return new BackupError(`could not parse backup manifest: ${complaint}`);
}

/** The error for a manifest that could be read, but is of a version that is not known. */
export function newerManifest(version: number, what = 'the backup manifest'): NewerVersionError {
  return new NewerVersionError(what, `manifest version ${version}`, NEWEST_MANIFEST);
}

/** The error for a manifest that could not be read for that reason. */
export function unreadableNewerManifest(version: number): NewerVersionError {
  return newerManifest(version, 'could not parse backup manifest: unexpected manifest version: it');
}
