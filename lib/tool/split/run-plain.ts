/** What bb-split -Fp does: restores a backup into a data directory, and warns of what a server would make of it. */

import type { EmptyDatabase } from '../../restore/database/database-step.ts';
import { extract, type Summary } from '../../restore/extract.ts';
import { originalArchiving } from '../../restore/recovery/archive-mode.ts';
import { checkTarget } from '../../restore/recovery/check-target.ts';
import { restoreSteps } from '../../restore/restore-steps.ts';
import type { RestoreStep } from '../../restore/step.ts';
import type { Frame } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { WrittenCluster } from './advice.ts';
import { hasWal, isIncremental, majorVersion } from './restored.ts';
import type { PlainTask, SplitContext } from './split-task.ts';

/** What was restored. */
export type Restored = Summary & WrittenCluster;

/** Extracts the backup, with other steps first, and tells what was left out. Throws what extract() throws. */
export async function restore(
  task: PlainTask,
  frames: AsyncIterable<Frame>,
  { messages, signal }: SplitContext,
  first: readonly RestoreStep[] = [],
): Promise<Restored> {
  const { directory, recovery, only } = task;
  const steps = restoreSteps(task, signal);
  const target = recovery?.kind === 'archive' ? recovery.target : undefined;
  const summary = await extract(target === undefined ? frames : checkTarget(target)(frames), {
    ...task,
    contained: only.length > 0,
    steps: [...first, ...steps.list],
    signal,
    warn: (complaint) => messages.warning(complaint),
    tell: (text) => messages.done(text),
  });
  const { databases, selection, owner } = steps;
  const restored: Restored = {
    ...summary,
    directory,
    recovery,
    startable: selection?.startable ?? true,
    emptied: databases?.emptied ?? [],
    user: owner.user,
    incremental: isIncremental(directory),
    wal: hasWal(directory),
    major: majorVersion(directory),
  };
  if (databases !== undefined) messages.done(`left databases empty: ${namesOf(databases.emptied) || 'none'}`);
  if (!restored.startable) {
    messages.warning('no server can be started from what was extracted', {
      detail: `${selection?.leftOut} of ${selection?.files} files were left out.`,
    });
  } else if (only.length === 0) warnOfStart(task, restored, messages);
  return restored;
}

function namesOf(databases: readonly EmptyDatabase[]): string {
  return databases.map(({ oid, name = oid }) => name).join(', ');
}

/** What goes wrong when a server is started, or begins to do harm. */
function warnOfStart(
  { directory, recovery, archiveMode }: PlainTask,
  { incremental, wal }: Pick<Restored, 'incremental' | 'wal'>,
  messages: Messages,
): void {
  if (!wal && recovery === undefined && !incremental) {
    messages.warning('the backup has no WAL, without which no server starts from it', {
      hint:
        'Restore it with --recovery and --restore-command, or put the WAL into "pg_wal"; ' +
        'verify it with bb-verify -n.',
    });
  }
  const archiving =
    archiveMode === undefined ? originalArchiving(directory, recovery?.kind === 'standby') : undefined;
  if (archiving === undefined) return;
  messages.warning('a server that is started here writes to the archive of the original', {
    detail: archiving,
    hint: 'Use --archive-mode=off, or --archive-mode=preserve if it takes the place of the original.',
  });
}
