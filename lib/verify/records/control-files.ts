/**
 * The few small files in which a backup says what it is. A file can be missing, too large for any server to have
 * written it, or be read as it is: a file that is empty has contents, namely none, and is damaged, never missing.
 */

import type { BackupLabel } from '../../postgres/backup-label.ts';
import type { ControlFile } from '../../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP, VERSION_FILE } from '../../postgres/data-directory.ts';
import type { TablespaceMap } from '../../postgres/tablespace-map.ts';

/** The files, by their paths. */
export const CONTROL_FILES: readonly string[] = [CONTROL_FILE, BACKUP_LABEL, TABLESPACE_MAP, VERSION_FILE];

/** Far more than these files ever have. */
export const MAX_CONTROL_FILE_BYTES = 16 * 1024 * 1024;

/** What is in a file, or the size of one that is too large to be read. */
export type ControlFileRecord = { readonly contents: Buffer } | { readonly tooLarge: number };

/** Those that there are, by their paths; what is not among them is missing, or could not be read. */
export type ControlFileRecords = ReadonlyMap<string, ControlFileRecord>;

/** What the files say; undefined where a file is missing, damaged, or of a version that is not known. */
export interface ControlFiles {
  readonly control: ControlFile | undefined;
  readonly label: BackupLabel | undefined;
  readonly tablespaces: TablespaceMap | undefined;
  /** The major version of the server. */
  readonly version: number | undefined;
}
