/**
 * Whether the backups of a chain are of one cluster: their control files in, from the newest to the full one; out comes
 * the complaint of pg_combinebackup (check_control_files() in src/bin/pg_combinebackup/pg_combinebackup.c).
 */

import { BackupError } from '../errors/backup-error.ts';
import type { ControlFile } from '../postgres/control-file.ts';

/** Compares them. */
export class ClusterCheck {
  #newest: ControlFile | undefined;
  #mixed = false;

  /** Whether some backups lack the checksums of pages that the newest has. */
  get mixedChecksums(): boolean {
    return this.#mixed;
  }

  /** Takes the control file of the next older backup. Throws BackupError if it is of another cluster. */
  add(place: string, control: ControlFile): void {
    this.#newest ??= control;
    const { systemIdentifier, versions, blockBytes, segmentBlocks, dataChecksumVersion } = this.#newest;
    const compare = (what: string, expected: bigint | number | string, found: bigint | number | string) => {
      if (expected !== found)
        throw new BackupError(`backup at "${place}": expected ${what} ${expected}, but found ${found}`, {
          detail: 'All backups of a chain are of one cluster.',
        });
    };
    compare('system identifier', systemIdentifier, control.systemIdentifier);
    compare('major version', versions.join(' or '), control.versions.join(' or '));
    compare('block size', blockBytes, control.blockBytes);
    compare('segment size', segmentBlocks, control.segmentBlocks);
    if (dataChecksumVersion !== 0 && control.dataChecksumVersion !== dataChecksumVersion) this.#mixed = true;
  }
}
