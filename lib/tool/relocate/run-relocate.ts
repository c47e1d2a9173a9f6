/** What bb-relocate does with its input, a backup stream or a base.tar: lists the tablespaces, or moves them. */

import { COMPRESSION_SUFFIX } from '../../compress/method.ts';
import { recogniseHead } from '../../io/head.ts';
import { Output, openOutput } from '../../io/output.ts';
import { compressedArchive } from '../../relocate/compressed.ts';
import { listStream, listTar } from '../../relocate/list.ts';
import { relocate } from '../../relocate/relocate.ts';
import { relocateTar } from '../../relocate/relocate-tar.ts';
import { writeStream } from '../../sink/stream.ts';
import { INPUT, noBackup } from '../../source/no-backup.ts';
import { firstBytes, openBackup } from '../../source/open-backup.ts';
import { isPlace, openBytes, openOperand, subjectOf } from '../../source/operand.ts';
import { recogniseForm } from '../../source/recognise-form.ts';
import { BASE_ARCHIVE } from '../../stream/archive-name.ts';
import { decode } from '../../stream/decode.ts';
import type { Filter, Frame } from '../../stream/frame.ts';
import type { Destination } from '../../tablespaces/destinations.ts';
import type { Mapping } from '../../tablespaces/mapping.ts';
import type { Messages } from '../../terminal/messages.ts';
import { quoted } from '../../terminal/visible.ts';
import { Progress } from '../progress.ts';
import type { RelocateTask } from './relocate-task.ts';

/** What a run has besides its task. */
export interface RelocateRun {
  readonly messages: Messages;
  readonly signal: AbortSignal;
}

type Chunks = AsyncIterable<Buffer>;

/** A backup as it was recognised. */
type Recognised =
  | { readonly form: 'stream'; readonly frames: AsyncGenerator<Frame> }
  | { readonly form: 'tar'; readonly chunks: Chunks };

/** Does the task with what the operand names, or with standard input. Throws what the filters throw. */
export async function runRelocateTask(
  task: RelocateTask,
  operand: string | undefined,
  run: RelocateRun,
): Promise<void> {
  const output = task.kind === 'list' ? new Output(run.signal) : openOutput(run.signal);
  const progress = new Progress(run.messages, task.progress);
  if (isPlace(operand)) {
    const frames = openOperand(operand, openBackup, run.signal);
    return await runTask(task, { form: 'stream', frames }, { ...run, output, progress });
  }
  const input = openBytes(operand, run.signal);
  try {
    await runTask(task, await recognise(input, subjectOf(operand)), { ...run, output, progress });
  } finally {
    // A list does not need it all.
    await input.return();
  }
}

async function recognise(input: Chunks, subject: string | undefined): Promise<Recognised> {
  const { form = 'stream', whole: chunks } = await recogniseHead(input, recogniseForm);
  if (form === 'stream') return { form, frames: decode(chunks) };
  if (form === 'tar') return { form, chunks };
  if (form === 'none') throw noBackup(await firstBytes(chunks), subject ?? INPUT);
  throw compressedArchive(`${BASE_ARCHIVE}${COMPRESSION_SUFFIX[form]}`);
}

async function runTask(
  task: RelocateTask,
  backup: Recognised,
  { output, progress, ...run }: RelocateRun & { readonly output: Output; readonly progress: Progress },
): Promise<void> {
  if (task.kind === 'list') {
    const list = await (backup.form === 'stream' ? listStream(backup.frames) : listTar(backup.chunks));
    await output.write([list.bytes]);
  } else if (backup.form === 'stream') {
    const move = moveInStream(task.mappings, run.messages);
    await writeStream(progress.watch(move(backup.frames)), output);
  } else {
    await writeContents(progress.watch(moveInTar(backup.chunks, task.mappings, run)), output);
  }
}

/** Moves the tablespaces, and tells of each. Throws what relocate() does. */
export function moveInStream(mappings: readonly Mapping[], messages: Messages): Filter {
  return relocate(mappings, (destination) => messages.info(moving(destination)));
}

function moveInTar(
  chunks: Chunks,
  mappings: readonly Mapping[],
  { messages }: Pick<RelocateRun, 'messages'>,
) {
  return relocateTar(chunks, mappings, {
    moving: (destination) => messages.info(moving(destination)),
    manifestMissed: () =>
      messages.warning('no manifest was changed, since there is none in the tar', {
        detail: 'A manifest that belongs to it has another checksum for tablespace_map.',
      }),
  });
}

function moving({ oid, location, target }: Destination): string {
  return `moving tablespace ${oid} from ${quoted(location)} to ${quoted(target)}`;
}

/** An archive is written as it is; if it fails it lacks its end, and nothing more can be said. */
async function writeContents(frames: AsyncIterable<Frame>, output: Output): Promise<void> {
  for await (const frame of frames) if (frame.type === 'data') await output.write(frame.parts);
}
