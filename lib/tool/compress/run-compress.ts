/**
 * What bb-compress does: a backup stream stays one, and only its archives change; any other input is one file. The
 * first bytes tell which.
 */

import type { Codec } from '../../compress/codec.ts';
import { openCompressor } from '../../compress/compressor.ts';
import { convertBytes } from '../../compress/convert-bytes.ts';
import { openDecompressor } from '../../compress/decompressor.ts';
import type { Compression } from '../../compress/method.ts';
import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { compressArchives } from '../../filter/compress.ts';
import { decompressArchives } from '../../filter/decompress.ts';
import { recogniseHead } from '../../io/head.ts';
import { interruptible } from '../../io/interruptible.ts';
import type { Output } from '../../io/output.ts';
import { discard } from '../../sink/discard.ts';
import { writeStream } from '../../sink/stream.ts';
import { INPUT, noBackup } from '../../source/no-backup.ts';
import { firstBytes } from '../../source/open-backup.ts';
import { recogniseFile } from '../../source/recognise-form.ts';
import { decode } from '../../stream/decode.ts';
import type { Filter, Frame } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import { formatSize } from '../../terminal/units.ts';
import type { Progress } from '../progress.ts';
import type { CompressTask } from './compress-options.ts';

/** What the task is done with. */
export interface CompressContext {
  /** A test has none. */
  readonly output: Output | undefined;
  readonly messages: Messages;
  readonly progress: Progress;
  /** Fires when the user wants the tool to stop. */
  readonly signal: AbortSignal;
}

/** Does the task with a backup, which becomes a stream. Throws BackupError if it is not good. */
export async function compressBackup(
  task: CompressTask,
  backup: AsyncIterable<Frame>,
  context: CompressContext,
): Promise<void> {
  const frames = convertStream(task, context)(backup);
  await (context.output === undefined ? discard(frames) : writeStream(frames, context.output));
}

/** Does the task with all of the input. Throws BackupError for a stream or a compressed file that is not good. */
export async function runCompressTask(
  task: CompressTask,
  chunks: AsyncIterable<Buffer>,
  context: CompressContext,
): Promise<void> {
  const { output, signal } = context;
  const takesAny = task.kind === 'compress' || task.kind === 'copy';
  const recognise = (head: Buffer, ended: boolean) => recogniseFile(head, ended, takesAny);
  const { form = 'other', whole } = await recogniseHead(chunks, recognise);
  try {
    if (form === 'stream') return await compressBackup(task, decode(whole), context);
    if (form === 'text') throw noBackup(await firstBytes(whole), INPUT);
    const pieces = interruptible(convertFile(task, form, whole, context), signal);
    if (output === undefined) await discard(pieces);
    else for await (const piece of pieces) await output.write([piece]);
  } finally {
    await whole.return?.();
  }
}

/** What becomes of the frames of a backup. Even a slow codec ends at once when the user wants the tool to stop. */
export function convertStream(
  task: CompressTask,
  { messages, progress, signal }: Omit<CompressContext, 'output'>,
): Filter {
  const tell = (act: string) => (name: string, before: number, after: number) =>
    messages.info(`${act} archive "${name}" from ${formatSize(before)} to ${formatSize(after)}`);
  const convert = (): Filter => {
    switch (task.kind) {
      case 'copy':
        return (frames) => progress.watch(frames);
      case 'test':
        return (frames) => progress.watch(decompressArchives(tell('tested'))(frames));
      case 'decompress':
        return (frames) => progress.watch(decompressArchives(tell('decompressed'))(frames));
      case 'compress': {
        const compress = compressArchives(task.settings, {
          compressedAlready: (name) => passOn(name, task.strict, messages),
          done: tell('compressed'),
        });
        return (frames) => compress(progress.watch(frames));
      }
    }
  };
  return (frames) => interruptible(convert()(frames), signal);
}

function passOn(name: string, strict: boolean, messages: Messages): void {
  if (strict) throw new TroubleError(`could not compress archive "${name}": it is compressed already`);
  messages.warning(`archive "${name}" is compressed already, and passed on as it is`);
}

function convertFile(
  task: CompressTask,
  form: Compression | 'other',
  chunks: AsyncIterable<Buffer>,
  { progress }: CompressContext,
): AsyncIterable<Buffer> {
  switch (task.kind) {
    case 'copy':
      return progress.watchBytes(chunks);
    case 'test':
    case 'decompress':
      return progress.watchBytes(convertBytes(chunks, () => openDecompressorFor(form)));
    case 'compress':
      return convertBytes(progress.watchBytes(chunks), () => openCompressor(task.settings));
  }
}

async function openDecompressorFor(form: Compression | 'other'): Promise<Codec> {
  if (form !== 'other') return openDecompressor(form, INPUT);
  throw new BackupError(`could not decompress ${INPUT}: it is neither gzip, lz4 nor zstd`);
}
