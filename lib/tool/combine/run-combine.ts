/** What bb-combine does: finds the order of the backups, and restores them as one. */

import { ChainCheck, newestFirst } from '../../combine/chain.ts';
import { combineBackups } from '../../combine/combine.ts';
import { type Input, inspect } from '../../combine/input.ts';
import { NewestBackup } from '../../combine/newest-backup.ts';
import { BackupError } from '../../errors/backup-error.ts';
import type { BackupLabel } from '../../postgres/backup-label.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { ReadProgress } from '../read-progress.ts';
import { adviseOnCluster } from '../split/advice.ts';
import { restore } from '../split/run-plain.ts';
import type { SplitContext } from '../split/split-task.ts';
import type { CombineTask } from './combine-task.ts';

/** Combines. Throws BackupError for a backup that is not good, and for backups that make no chain. */
export async function runCombineTask(task: CombineTask, { messages, signal }: SplitContext): Promise<void> {
  const inputs = await findChain(task.places, signal);
  const [newest] = inputs;
  if (newest?.withoutManifest !== false)
    throw new BackupError(`backup at "${newest?.place}" has no manifest`, {
      detail: 'The manifest of the result is made from that of the newest backup.',
    });
  const progress = new ReadProgress(messages, task.progress);
  progress.begin(inputs.reduce((sum, { bytes }) => sum + bytes, 0));
  try {
    const step = new NewestBackup(newest.place, task.algorithm);
    const frames = combineBackups(inputs, step, {
      algorithm: task.algorithm,
      signal,
      warn: (message, extras) => messages.warning(message, extras),
      add: (bytes) => progress.add(bytes),
    });
    const restored = await restore(task, frames, { messages, signal }, [step]);
    await progress.end();
    const what = `${formatCount(inputs.length, 'backup')} into ${formatCount(restored.files, 'file')}`;
    const rebuilt = [...step.rebuilt.values()].reduce((sum, { length }) => sum + length, 0);
    messages.done(`combined ${what}, ${formatSize(restored.bytes + rebuilt)}`, ...adviseOnCluster(restored));
  } finally {
    await progress.end();
  }
}

/** The backups, the newest first. If all their labels are known, they must make a chain; if not, it is seen later. */
async function findChain(places: readonly string[], signal: AbortSignal): Promise<readonly Input[]> {
  const inputs: Input[] = [];
  for (const place of places) inputs.push(await inspect(place, signal));
  const chain = newestFirst(inputs);
  const labelled = chain.filter(
    (input): input is Input & { label: BackupLabel } => input.label !== undefined,
  );
  if (labelled.length < chain.length) return chain;
  const check = new ChainCheck(chain.length);
  for (const { place, label } of labelled) check.add(place, label);
  return chain;
}
