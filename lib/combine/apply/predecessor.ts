/**
 * The data directory that a backup is to be applied to: whether it is the backup before, as it was restored, or what an
 * earlier run of ours has left in the middle. Nothing is changed here.
 */

import { existsSync, lstatSync, statSync } from 'node:fs';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { encodeName } from '../../io/file-name.ts';
import type { FileTable } from '../../manifest/file-table.ts';
import { type BackupLabel, parseBackupLabel, withoutPrevious } from '../../postgres/backup-label.ts';
import { type ControlFile, parseControlFile } from '../../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../../postgres/data-directory.ts';
import { formatLsn } from '../../postgres/lsn.ts';
import type { Owner } from '../../store/file-writer.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import { readManifestFile } from '../../verify/records/manifest.ts';
import type { Link } from '../chain.ts';
import { readIfThere } from './file-acts.ts';
import { BEGUN_LABEL, OLD_CONTROL_FILE } from './names.ts';

/** What is in the directory. */
export interface Predecessor {
  readonly directory: string;
  readonly label: Buffer;
  readonly control: ControlFile;
  /** The files of its manifest. */
  readonly files: FileTable;
  /** The label of the backup with which an earlier run has begun, and did not get to the end. */
  readonly begun: Buffer | undefined;
  readonly isBegun: boolean;
  /** To whom new files are given: undefined for those of the user who runs this. */
  readonly owner: Owner | undefined;
}

/** Looks at the directory. Throws TroubleError if there is no backup in it. */
export function findPredecessor(directory: string): Predecessor {
  const begun = existsSync(`${directory}/${CONTROL_FILE}`)
    ? undefined
    : readIfThere(`${directory}/${BEGUN_LABEL}`);
  const label = readIfThere(`${directory}/${BACKUP_LABEL}`);
  const control = readIfThere(`${directory}/${begun === undefined ? CONTROL_FILE : OLD_CONTROL_FILE}`);
  if (label === undefined || control === undefined)
    throw new TroubleError(`directory "${directory}" is not a backup in plain format`, {
      detail: `There is no "${label === undefined ? BACKUP_LABEL : CONTROL_FILE}" in it.`,
      hint: 'A backup can only be applied to the one before it, as that was restored, in which no server was started.',
    });
  return {
    directory,
    label,
    control: parseControlFile(control),
    files: readManifestFile(`${directory}/${MANIFEST}`).files,
    begun,
    isBegun: begun !== undefined,
    owner: ownerOf(directory),
  };
}

/** Only root can give files away, and is not who the server will run as. */
function ownerOf(directory: string): Owner | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const { uid, gid } = attempt(`could not stat directory "${directory}"`, () => statSync(directory));
  return { uid, gid };
}

/** Whether the backup in the directory starts where this one does. */
export function isSameStart({ start, timeline }: Link, { label }: Predecessor): boolean {
  const own = parseBackupLabel(label);
  return own.start === start && own.timeline === timeline;
}

/** Whether the directory has all of the backup with this label. */
export function isApplied({ label, isBegun }: Predecessor, incoming: Buffer): boolean {
  return !isBegun && label.equals(withoutPrevious(incoming));
}

/** Throws BackupError unless the backup at that place builds upon the one in the directory. */
export function insistOnPredecessor(
  { directory, label }: Pick<Predecessor, 'directory' | 'label'>,
  place: string,
  { previous }: BackupLabel,
): void {
  if (previous === undefined)
    throw new BackupError(`backup at "${place}" is a full backup`, {
      detail: 'Only an incremental backup can be applied to a directory.',
    });
  const before = parseBackupLabel(label);
  if (before.previous !== undefined)
    throw new BackupError(`directory "${directory}" holds an incremental backup that was not combined`, {
      hint: 'Combine it with the full backup that it builds upon and all between them.',
    });
  if (before.start === previous.start && before.timeline === previous.timeline) return;
  throw new BackupError(`directory "${directory}" does not hold the backup that "${place}" builds upon`, {
    detail:
      `That starts at LSN ${formatLsn(previous.start)} on timeline ${previous.timeline}, ` +
      `the one in the directory at LSN ${formatLsn(before.start)} on timeline ${before.timeline}.`,
  });
}

/** Throws TroubleError if the backup with which an earlier run has begun is not the one with this label. */
export function insistOnSame(directory: string, begun: Buffer, place: string, incoming: Buffer): void {
  if (begun.equals(incoming)) return;
  const { start } = parseBackupLabel(begun);
  throw new TroubleError(`could not apply the backup at "${place}" to directory "${directory}"`, {
    detail: `Another backup, which starts at LSN ${formatLsn(start)}, has been applied to it in part.`,
    hint: 'Apply that one to the end first.',
  });
}

/** Throws BackupError if one of the files that are to be changed is missing, or has a name elsewhere too. */
export function insistOnFiles(directory: string, paths: readonly string[]): void {
  for (const path of paths) {
    const stats = lstatSync(encodeName(`${directory}/${path}`), { throwIfNoEntry: false });
    if (stats?.isFile() !== true) throw new BackupError(`directory "${directory}" lacks file "${path}"`);
    if (stats.nlink > 1)
      throw new BackupError(`file "${path}" in directory "${directory}" has a second name`, {
        detail: 'It is a hard link, so that the file would be changed under its other names too.',
      });
  }
}
