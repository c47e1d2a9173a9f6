/** The ends of a pipeline that bb-split has, chosen by its task. */

import type { Frame } from '../backup/frame.ts';
import type { Messages } from '../cli/messages.ts';
import type { SplitTask } from '../cli/split-task.ts';
import { formatSize } from '../cli/units.ts';
import { Output, openOutput } from '../io/output.ts';
import { runCommands } from './command.ts';
import { writeDirectory } from './directory.ts';
import { listBackup } from './list.ts';
import { restore } from './plain.ts';
import { writePart } from './to-stdout.ts';

/** What the ends have in common. */
export interface SplitContext {
  readonly messages: Messages;
  readonly signal: AbortSignal;
}

/** Does the task with a backup, and tells under -v what was written. Throws what the ends throw. */
export async function runSplitTask(
  task: SplitTask,
  frames: AsyncIterable<Frame>,
  { messages, signal }: SplitContext,
): Promise<void> {
  switch (task.kind) {
    case 'list':
      await listBackup(frames, { json: task.json, output: new Output(signal) });
      break;
    case 'stdout':
      await writePart(frames, task.name, openOutput(signal));
      break;
    case 'tar': {
      const warn = (complaint: string) => messages.warning(complaint);
      const { archives, bytes } = await writeDirectory(frames, { ...task, signal, warn });
      messages.info(`wrote ${archives.length} archives, ${formatSize(bytes)}`);
      break;
    }
    case 'filter': {
      const { archives, bytes } = await runCommands(frames, { ...task, signal });
      messages.info(`passed ${archives} archives to commands, ${formatSize(bytes)}`);
      break;
    }
    case 'plain': {
      const { files, bytes } = await restore(task, frames, { messages, signal });
      messages.info(`wrote ${files} files, ${formatSize(bytes)}`);
      break;
    }
  }
}
