/**
 * The files without which an archive is not that of a base backup's data directory: the paths of its files in, an error
 * out if one is missing. Without backup_label, recovery would begin at the wrong position.
 */

import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL, VERSION_FILE } from './data-directory.ts';

const FILES = [BACKUP_LABEL, VERSION_FILE];

/** The files of one archive that must be in it. */
export class RequiredFiles {
  readonly #missing: Set<string>;

  /** `more` are paths of files that are required too. */
  constructor(more: readonly string[] = []) {
    this.#missing = new Set([...FILES, ...more]);
  }

  /** There is a file of this path, in normal form. */
  see(path: string): void {
    this.#missing.delete(path);
  }

  /** To be called after the last file. Throws BackupError if one is missing. */
  insistOn(archive: string): void {
    const [missing] = this.#missing;
    if (missing !== undefined) throw new BackupError(`archive "${archive}" lacks file "${missing}"`);
  }
}
