/**
 * An incremental backup onto the restored backup before it: a place and a data directory in; out comes the directory as
 * bb-combine would have made it of the whole chain. The backup is read twice: first to know it and to verify it
 * (survey.ts), then to write what it has (update.ts). transition.ts says what happens if that is interrupted.
 */

import { existsSync } from 'node:fs';
import { syncAll } from '../../io/durable.ts';
import { parseBackupLabel } from '../../postgres/backup-label.ts';
import { parseControlFile } from '../../postgres/control-file.ts';
import { CONTROL_FILE } from '../../postgres/data-directory.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import { ClusterCheck } from '../cluster-check.ts';
import type { Input } from '../input.ts';
import type { CombineOptions } from '../read-chain.ts';
import { warnOfMixedChecksums } from '../warnings.ts';
import { DamagedPredecessorError } from './changed-file.ts';
import { removeIfThere } from './file-acts.ts';
import { BEGUN_LABEL } from './names.ts';
import {
  findPredecessor,
  insistOnFiles,
  insistOnPredecessor,
  insistOnSame,
  isApplied,
  isSameStart,
  type Predecessor,
} from './predecessor.ts';
import { checkPredecessor } from './predecessor-check.ts';
import { type Survey, surveyBackup } from './survey.ts';
import { newTablespaces } from './tablespace-links.ts';
import { beginTransition, type Settle, tidy } from './transition.ts';
import { type Update, updateDirectory } from './update.ts';

/** Where to apply a backup, and how. */
export interface ApplyOptions extends Omit<CombineOptions, 'algorithm'> {
  readonly directory: string;
  /** Where new tablespaces go. */
  readonly mappings: readonly TablespaceMapping[];
  /** Whether to verify all of the directory first. */
  readonly verify: boolean;
  readonly sync: boolean;
  /** Is told how much is going to be read. */
  readonly begin: (bytes: number) => void;
}

/**
 * Applies a backup; returns undefined if the directory has it already. Throws BackupError for a backup that is not good
 * or does not fit the directory, TroubleError for a directory that cannot be used. If anything is thrown after the
 * first change, the directory cannot be started until the same is done once more.
 */
export async function applyBackup(input: Input, options: ApplyOptions): Promise<Update | undefined> {
  const { directory, signal, sync } = options;
  const settle: Settle = async (paths) => {
    if (sync) await syncAll(paths, signal);
    signal.throwIfAborted();
  };
  const before = findPredecessor(directory);
  // Before all is read, where the label is known by now.
  if (input.label !== undefined && !before.isBegun && !isSameStart(input, before))
    insistOnPredecessor(before, input.place, input.label);
  options.begin(2 * input.bytes + (options.verify && !before.isBegun ? before.files.bytes : 0));
  const survey = await surveyBackup(input, { ...options, algorithm: undefined });
  if (isApplied(before, survey.label)) {
    await tidy(directory, settle);
    return undefined;
  }
  await checkBeforehand(input, survey, before, options);
  const added = newTablespaces(directory, survey.tablespaces, options.mappings);
  try {
    if (!before.isBegun) await beginTransition(before, survey.label, settle);
    return await updateDirectory({ input, survey, before, added }, settle, options);
  } catch (error) {
    tellOfState(error, options);
    throw error;
  }
}

/** All that can be wrong is found before the first change. */
async function checkBeforehand(
  { place }: Input,
  survey: Survey,
  before: Predecessor,
  options: ApplyOptions,
): Promise<void> {
  const { directory, verify, add, signal } = options;
  if (before.begun === undefined) insistOnPredecessor(before, place, parseBackupLabel(survey.label));
  else insistOnSame(directory, before.begun, place, survey.label);
  const cluster = new ClusterCheck();
  cluster.add(place, parseControlFile(survey.control));
  cluster.add(directory, before.control);
  warnOfMixedChecksums(cluster, options);
  if (!before.isBegun) await checkPredecessor(directory, { contents: verify, add, signal });
  insistOnFiles(directory, survey.changed);
}

/** Says what a failure has left. A directory that is damaged must not pass as one that an earlier run has changed. */
function tellOfState(error: unknown, { directory, warn }: ApplyOptions): void {
  if (error instanceof DamagedPredecessorError) removeIfThere(`${directory}/${BEGUN_LABEL}`);
  else if (!existsSync(`${directory}/${CONTROL_FILE}`))
    warn(
      `no server can be started in directory "${directory}" until the backup has been applied to the end`,
      {
        hint: 'Run the same command again, with the same backup or a good copy of it.',
      },
    );
}
