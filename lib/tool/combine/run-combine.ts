/** What bb-combine does: finds the order of the backups, and makes one of them, in a directory or as a stream. */

import type { SplitContext } from '../split/split-task.ts';
import type { CombineTask } from './combine-task.ts';
import { runDirectory } from './run-directory.ts';
import { runStream } from './run-stream.ts';

/** Combines. Throws BackupError for a backup that is not good, and for backups that make no chain. */
export async function runCombineTask(task: CombineTask, context: SplitContext): Promise<void> {
  await (task.kind === 'stream' ? runStream(task, context) : runDirectory(task, context));
}
