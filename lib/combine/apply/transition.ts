/**
 * The way of a data directory from one backup to the next, so that it is a whole one at its beginning and at its end,
 * and cannot be started between:
 *
 *   begin   the label of the new backup is put beside the old one, under a name of ours; then global/pg_control gets
 *           another name, without which no server starts
 *   ...     files are changed
 *   end     backup_label and backup_manifest are replaced, and global/pg_control last; then the names of ours go
 *
 * Wherever it is interrupted, the label of ours says what was begun, and all of it can be done once more. Each step is
 * on disk before the next one.
 */

import { BACKUP_LABEL, CONTROL_FILE } from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import { putNextInPlace, removeIfThere, rename, writeNext } from './file-acts.ts';
import { BEGUN_LABEL, OLD_CONTROL_FILE, OWN_NAMES } from './names.ts';
import type { Predecessor } from './predecessor.ts';

/** Waits until files and directories are on disk, if that is wanted. */
export type Settle = (paths: Iterable<string>) => Promise<void>;

/** Begins. Before this nothing has been changed. */
export async function beginTransition(
  { directory, owner }: Predecessor,
  label: Buffer,
  settle: Settle,
): Promise<void> {
  const begun = `${directory}/${BEGUN_LABEL}`;
  await settle([writeNext(begun, owner, (file) => file.push([label]))]);
  putNextInPlace(begun);
  await settle([directory]);
  rename(`${directory}/${CONTROL_FILE}`, `${directory}/${OLD_CONTROL_FILE}`);
  await settle([`${directory}/global`]);
}

/** Ends, when all else is on disk, the next version of each of these files too. */
export async function endTransition(directory: string, settle: Settle): Promise<void> {
  for (const name of [BACKUP_LABEL, MANIFEST]) putNextInPlace(`${directory}/${name}`);
  await settle([directory]);
  putNextInPlace(`${directory}/${CONTROL_FILE}`);
  await settle([`${directory}/global`]);
  await tidy(directory, settle);
}

/** Removes what is ours from a directory that is whole. */
export async function tidy(directory: string, settle: Settle): Promise<void> {
  for (const name of OWN_NAMES) removeIfThere(`${directory}/${name}`);
  await settle([`${directory}/global`, directory]);
}
