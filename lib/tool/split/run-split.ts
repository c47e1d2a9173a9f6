/** What bb-split does: the chain for its task, from what the operand names, or standard input, to one of five ends. */

import { Output, openOutput } from '../../io/output.ts';
import { listBackup } from '../../sink/list.ts';
import { type PlaceOptions, writeToPlace } from '../../sink/write-to-place.ts';
import { openBackup } from '../../source/open-backup.ts';
import { openArchives, openContents } from '../../source/open-contents.ts';
import { openOperand } from '../../source/operand.ts';
import { openPlace } from '../../store/open-place.ts';
import type { Place } from '../../store/place.ts';
import { isFilePart, parseArchiveName } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import { formatCount, formatSize } from '../../terminal/units.ts';
import { Progress } from '../progress.ts';
import { adviseOnArchives, adviseOnCluster } from './advice.ts';
import { isIncrementalArchive } from './restored.ts';
import type { PlainTask, SplitContext, SplitTask, TarTask } from './split-task.ts';

type Frames = AsyncIterable<Frame>;

/** Does the task with a backup, and tells what was written. Throws what the ends throw. */
export async function runSplitTask(
  task: SplitTask,
  operand: string | undefined,
  run: SplitContext,
): Promise<void> {
  await splitFrames(task, openOperand(operand, readerFor(task), run.signal), run);
}

/** The same with frames from elsewhere. */
export async function splitFrames(task: SplitTask, frames: Frames, run: SplitContext): Promise<void> {
  const progress = new Progress(run.messages, task.progress);
  await end(task, progress.watch(frames), run);
}

/** What is in a compressed tar is decompressed once: here, or where it is looked at. */
function readerFor(task: SplitTask): typeof openBackup {
  if (task.kind === 'list') return openArchives;
  const isInside = task.kind === 'plain' || (task.kind === 'stdout' && isFilePart(task.name));
  return isInside ? openContents : openBackup;
}

/** The end of the chain. What only some tasks need is loaded for these only, since it takes its time. */
async function end(task: SplitTask, frames: Frames, run: SplitContext): Promise<void> {
  const { messages, signal } = run;
  switch (task.kind) {
    case 'list':
      return await listBackup(frames, { json: task.json, output: new Output(signal) });
    case 'stdout': {
      const { writePart } = await import('../../sink/to-stdout.ts');
      return await writePart(frames, task.name, openOutput(signal));
    }
    case 'filter': {
      const { runCommands } = await import('../../sink/command/run-commands.ts');
      const { archives, bytes } = await runCommands(frames, { ...task, signal });
      return messages.done(`passed ${formatCount(archives, 'archive')} to commands, ${formatSize(bytes)}`);
    }
    case 'tar':
      return await writeArchives(task, frames, run);
    case 'plain':
      return await writeCluster(task, frames, run);
  }
}

async function writeArchives(
  task: TarTask,
  frames: Frames,
  { messages, signal }: SplitContext,
): Promise<void> {
  const warn: PlaceOptions['warn'] = (complaint, remarks) => messages.warning(complaint, remarks);
  const tell = (text: string) => messages.done(text);
  const place = await openPlace(task.directory);
  const written = await writeToPlace(frames, place, { ...task, signal, warn, tell });
  const { archives, bytes, manifestBytes } = written;
  const base = archives.find(({ name }) => parseArchiveName(name)?.kind === 'base')?.name;
  const incremental = base !== undefined && (await isIncremental(place, base, signal));
  messages.done(
    `wrote ${formatCount(archives.length, 'archive')}, ${formatSize(bytes)}`,
    ...adviseOnArchives({ ...task, incremental, manifest: manifestBytes !== undefined }),
  );
}

/** The backup is stored, whatever happens now: this only decides on the advice. */
async function isIncremental(place: Place, base: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await isIncrementalArchive((await place.file(base, signal)).open(signal));
  } catch {
    return false;
  }
}

async function writeCluster(task: PlainTask, frames: Frames, run: SplitContext): Promise<void> {
  const { restore } = await import('./run-plain.ts');
  const restored = await restore(task, frames, run);
  run.messages.done(
    `wrote ${formatCount(restored.files, 'file')}, ${formatSize(restored.bytes)}`,
    ...adviseOnCluster(restored),
  );
}
