/**
 * The files without which an archive is not that of a base backup's data directory: the paths of its files in, an error
 * out if one is missing. Without backup_label, recovery would begin at the wrong position; only a cluster that was
 * stopped cleanly, as its control file says, needs no recovery and so has no label.
 */

import { BackupError } from '../errors/backup-error.ts';
import { isCleanlyStopped, parseControlFile } from './control-file.ts';
import { BACKUP_LABEL, VERSION_FILE } from './data-directory.ts';
import { NewerVersionError } from './newer.ts';

const FILES = [BACKUP_LABEL, VERSION_FILE];

/** The files of one archive that must be in it. */
export class RequiredFiles {
  readonly #missing: Set<string>;
  #control: Buffer | undefined;

  /** `more` are paths of files that are required too. */
  constructor(more: readonly string[] = []) {
    this.#missing = new Set([...FILES, ...more]);
  }

  /** There is a file of this path, in normal form. */
  see(path: string): void {
    this.#missing.delete(path);
  }

  /** These are the contents of the control file. */
  seeControl(contents: Buffer): void {
    this.#control = contents;
  }

  /** To be called after the last file. Throws BackupError if one is missing. */
  insistOn(archive: string): void {
    if (this.#missing.has(BACKUP_LABEL) && this.#isStopped()) this.#missing.delete(BACKUP_LABEL);
    const [missing] = this.#missing;
    if (missing !== undefined) throw new BackupError(`archive "${archive}" lacks file "${missing}"`);
  }

  /** A control file that cannot be read is no excuse. */
  #isStopped(): boolean {
    if (this.#control === undefined) return false;
    try {
      return isCleanlyStopped(parseControlFile(this.#control));
    } catch (error) {
      if (error instanceof BackupError || error instanceof NewerVersionError) return false;
      throw error;
    }
  }
}
