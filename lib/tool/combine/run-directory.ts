/** bb-combine -D: restores backups as one. */

import { combineBackups } from '../../combine/combine.ts';
import { NewestBackup } from '../../combine/newest-backup.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { ReadProgress } from '../read-progress.ts';
import { adviseOnCluster } from '../split/advice.ts';
import { restore } from '../split/run-plain.ts';
import type { SplitContext } from '../split/split-task.ts';
import type { DirectoryTask } from './combine-task.ts';
import { findChain } from './find-chain.ts';

/** Combines into a directory. */
export async function runDirectory(task: DirectoryTask, { messages, signal }: SplitContext): Promise<void> {
  const { newest, inputs, bytes } = await findChain(task.places, signal);
  const progress = new ReadProgress(messages, task.progress);
  progress.begin(bytes);
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
