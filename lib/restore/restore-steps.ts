/** The steps of a restore besides unpacking: what was chosen in, the steps in their order out. */

import { DatabaseStep } from './database/database-step.ts';
import type { DatabaseChoice } from './database/wanted-databases.ts';
import type { OwnerChoice } from './owner/owner.ts';
import { OwnerStep } from './owner/owner-step.ts';
import { type ArchiveMode, archivingOffStep } from './recovery/archive-mode.ts';
import type { Recovery } from './recovery/recovery.ts';
import { recoveryStep } from './recovery/recovery-step.ts';
import { SelectionStep } from './selection/selection-step.ts';
import type { RestoreStep } from './step.ts';

/** What is to be done besides unpacking; nothing where nothing is said. */
export interface StepChoices {
  /** What a server is to do when it is started on the data directory. */
  readonly recovery?: Recovery | undefined;
  /** Whether that server archives. */
  readonly archiveMode?: ArchiveMode | undefined;
  /** The databases to restore with their contents; all if not given. */
  readonly databases?: DatabaseChoice | undefined;
  /** Patterns of the files to extract; none for all. */
  readonly only: readonly string[];
  /** Patterns of files not to extract. */
  readonly exclude: readonly string[];
  /** Whom the files are given to; whom the archive names if not given. */
  readonly owner?: OwnerChoice;
}

/** The steps, and by name those that have something to tell when all is done. */
export interface RestoreSteps {
  readonly list: readonly RestoreStep[];
  readonly databases: DatabaseStep | undefined;
  readonly selection: SelectionStep | undefined;
  readonly owner: OwnerStep;
}

/** Chooses the steps. Throws TroubleError for an owner to whom files cannot be given. */
export function restoreSteps(choices: StepChoices, signal: AbortSignal): RestoreSteps {
  const { recovery, archiveMode, only, exclude } = choices;
  const databases = choices.databases && new DatabaseStep(choices.databases, signal);
  const selection = only.length + exclude.length > 0 ? new SelectionStep({ only, exclude }) : undefined;
  const owner = new OwnerStep(choices.owner);
  const list = [
    recovery && recoveryStep(recovery),
    archiveMode === 'off' ? archivingOffStep : undefined,
    databases,
    selection,
    owner, // after those that make files
  ].filter((step) => step !== undefined);
  return { list, databases, selection, owner };
}
