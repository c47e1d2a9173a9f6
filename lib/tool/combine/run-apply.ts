/** What bb-combine --apply does: brings a restored backup to the incremental one after it. */

import { applyBackup } from '../../combine/apply/apply.ts';
import { inspect } from '../../combine/input.ts';
import { BackupError } from '../../errors/backup-error.ts';
import { canonicalPath } from '../../tablespaces/canonical-path.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { ReadProgress } from '../read-progress.ts';
import { adviseOnCluster, type WrittenCluster } from '../split/advice.ts';
import { hasWal, majorVersion } from '../split/restored.ts';
import type { SplitContext } from '../split/split-task.ts';
import type { ApplyTask } from './apply-task.ts';

/** Applies the backup. Throws BackupError if it is not good or does not fit the directory. */
export async function runApplyTask(task: ApplyTask, { messages, signal }: SplitContext): Promise<void> {
  const { place, mappings, verify, sync } = task;
  const directory = canonicalPath(task.directory);
  const input = await inspect(place, signal);
  if (input.withoutManifest)
    throw new BackupError(`backup at "${place}" has no manifest`, {
      detail: 'The manifest of the result is made from that of the backup.',
    });
  const progress = new ReadProgress(messages, task.progress);
  try {
    const update = await applyBackup(input, {
      directory,
      mappings,
      verify,
      sync,
      signal,
      begin: (bytes) => progress.begin(bytes),
      add: (bytes) => progress.add(bytes),
      warn: (message, extras) => messages.warning(message, extras),
    });
    await progress.end();
    if (update === undefined) messages.done(`directory "${directory}" already has the backup at "${place}"`);
    else {
      const what = `${formatCount(update.files, 'file')}, ${formatSize(update.bytes)}`;
      const done = `applied the backup at "${place}" to directory "${directory}": ${what}`;
      messages.done(done, ...adviseOnCluster(cluster(directory)));
    }
  } finally {
    await progress.end();
  }
}

/** What there is now, as far as it matters for what can be done next. */
function cluster(directory: string): WrittenCluster {
  return {
    directory,
    manifest: true,
    incremental: false,
    startable: true,
    wal: hasWal(directory),
    user: undefined,
    major: majorVersion(directory),
    emptied: [],
  };
}
