/** The ends of a pipeline that bb-split has, chosen by its task. */

import { join } from 'node:path';
import { Output, openOutput } from '../../io/output.ts';
import { writeDirectory } from '../../sink/directory.ts';
import { listBackup } from '../../sink/list.ts';
import { parseArchiveName } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { adviseOnArchives, adviseOnCluster } from './advice.ts';
import { isIncrementalArchive } from './restored.ts';
import type { SplitContext, SplitTask } from './split-task.ts';

/**
 * Does the task with a backup, and tells what was written. Throws what the ends throw. What only some tasks need is
 * loaded for these only, since it takes its time.
 */
export async function runSplitTask(
  task: SplitTask,
  frames: AsyncIterable<Frame>,
  { messages, signal }: SplitContext,
): Promise<void> {
  switch (task.kind) {
    case 'list':
      await listBackup(frames, { json: task.json, output: new Output(signal) });
      break;
    case 'stdout': {
      const { writePart } = await import('../../sink/to-stdout.ts');
      await writePart(frames, task.name, openOutput(signal));
      break;
    }
    case 'tar': {
      const warn = (complaint: string) => messages.warning(complaint);
      const tell = (text: string) => messages.done(text);
      const { archives, bytes, manifestBytes } = await writeDirectory(frames, {
        ...task,
        signal,
        warn,
        tell,
      });
      const base = archives.find(({ name }) => parseArchiveName(name)?.kind === 'base')?.name;
      const incremental = base !== undefined && (await isIncrementalArchive(join(task.directory, base)));
      const written = { ...task, incremental, manifest: manifestBytes !== undefined };
      messages.done(
        `wrote ${formatCount(archives.length, 'archive')}, ${formatSize(bytes)}`,
        ...adviseOnArchives(written),
      );
      break;
    }
    case 'filter': {
      const { runCommands } = await import('../../sink/command/run-commands.ts');
      const { archives, bytes } = await runCommands(frames, { ...task, signal });
      messages.done(`passed ${formatCount(archives, 'archive')} to commands, ${formatSize(bytes)}`);
      break;
    }
    case 'plain': {
      const { restore } = await import('./run-plain.ts');
      const restored = await restore(task, frames, { messages, signal });
      messages.done(
        `wrote ${formatCount(restored.files, 'file')}, ${formatSize(restored.bytes)}`,
        ...adviseOnCluster(restored),
      );
      break;
    }
  }
}
