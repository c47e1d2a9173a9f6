/**
 * The second reading of a backup that is applied: its frames onto the files of the directory, in which a transition has
 * begun; then what the backup does not have is removed, and the transition ends.
 */

import { withoutPrevious } from '../../postgres/backup-label.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import { ManifestWriter } from '../../restore/manifest-writer.ts';
import type { TablespaceTarget } from '../../restore/tablespace-targets.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import { pathInDataDirectory } from '../../tablespaces/tablespace.ts';
import type { Input } from '../input.ts';
import { type CombineOptions, readBackup } from '../read-chain.ts';
import { warnOfBounds } from '../warnings.ts';
import { appliedManifest } from './applied-manifest.ts';
import { readMembers } from './backup-members.ts';
import { writeNext } from './file-acts.ts';
import { BEGUN_LABEL, OLD_CONTROL_FILE } from './names.ts';
import type { Predecessor } from './predecessor.ts';
import { directoriesBelow, removeStale } from './stale-files.ts';
import type { Survey } from './survey.ts';
import { linkTablespaces } from './tablespace-links.ts';
import { endTransition, type Settle } from './transition.ts';
import { UpdatedFiles } from './updated-files.ts';

/** What is known of both backups. */
export interface UpdatePlan {
  readonly input: Input;
  readonly survey: Survey;
  readonly before: Predecessor;
  /** The tablespaces that the directory does not have yet. */
  readonly added: readonly TablespaceTarget[];
}

/** What was done. */
export interface Update {
  readonly files: number;
  /** Of the contents of files, as the backup has them. */
  readonly bytes: number;
}

/** Brings the directory to its end. */
export async function updateDirectory(
  { input, survey, before, added }: UpdatePlan,
  settle: Settle,
  options: Omit<CombineOptions, 'algorithm'>,
): Promise<Update> {
  const { directory, owner } = before;
  const holders = linkTablespaces(directory, added, owner);
  const files = new UpdatedFiles(before, input.place);
  const frames = readBackup(input, { ...options, algorithm: undefined });
  const { changes } = await readMembers(frames, files).finally(() => files.abandon());
  removeStale(directory, {
    files: new Set([...files.files, MANIFEST, BEGUN_LABEL, OLD_CONTROL_FILE]),
    directories: new Set([
      ...files.directories,
      ...survey.tablespaces.map(({ oid }) => pathInDataDirectory(oid)),
    ]),
  });
  const label = withoutPrevious(survey.label);
  const next = [
    writeNext(`${directory}/${BACKUP_LABEL}`, owner, (file) => file.push([label])),
    writeNext(`${directory}/${MANIFEST}`, owner, (file) => {
      const writer = new ManifestWriter(file, changes);
      const known = { directory, label, changed: files.changed, before: before.files };
      for (const piece of appliedManifest(files.newManifest, known)) writer.push([piece]);
      writer.end();
    }),
  ];
  await settle([...files.written(), ...next, ...directoriesBelow(directory), ...holders]);
  await endTransition(directory, settle);
  const bounded = [...files.changed].filter(([, { isBounded }]) => isBounded).map(([path]) => path);
  warnOfBounds(bounded, before.control, options);
  return { files: files.files.size, bytes: files.bytes };
}
