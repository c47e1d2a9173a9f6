/**
 * The names of ours in a data directory that a backup is being applied to. No server reads any of them, and none starts
 * while global/pg_control has one of them. A backup never has them.
 */

import { BACKUP_LABEL, CONTROL_FILE } from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';

/** The label of the backup that is being applied, as that has it. It is there from before the first change. */
export const BEGUN_LABEL = `${BACKUP_LABEL}.bb-combine`;

/** The control file of the backup before, as long as there is none under its proper name. */
export const OLD_CONTROL_FILE = `${CONTROL_FILE}.bb-combine`;

/** At the end of the names of files that get their proper ones when all else is done. */
export const NEW_SUFFIX = '.bb-combine.partial';

/** All of them. */
export const OWN_NAMES: readonly string[] = [
  BEGUN_LABEL,
  OLD_CONTROL_FILE,
  ...[BEGUN_LABEL, BACKUP_LABEL, MANIFEST, CONTROL_FILE].map((name) => `${name}${NEW_SUFFIX}`),
];
