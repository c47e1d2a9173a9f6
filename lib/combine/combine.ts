/**
 * A chain of backups as one: the newest backup's frames in, and out the frames of a full backup. Whoever extracts them
 * makes the files that are rebuilt (newest-backup.ts), so that when the end of the newest backup has come, the older
 * ones are read one after the other, and fill in their blocks. Only then come the manifest and the end: nobody has a
 * whole backup before all of the chain was read and found good.
 */

import { BackupError } from '../errors/backup-error.ts';
import { decompressArchives } from '../filter/decompress.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { parseBackupLabel } from '../postgres/backup-label.ts';
import { parseControlFile } from '../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../postgres/data-directory.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import type { Frame } from '../stream/frame.ts';
import type { Extras } from '../terminal/messages.ts';
import { ChainCheck } from './chain.ts';
import { ClusterCheck } from './cluster-check.ts';
import { type Input, openInput } from './input.ts';
import { located } from './located.ts';
import { newManifest } from './new-manifest.ts';
import type { NewestBackup } from './newest-backup.ts';
import { OlderBackup } from './older-backup.ts';
import { verified } from './verified.ts';
import { warnOfBounds, warnOfMixedChecksums } from './warnings.ts';

/** How to combine. */
export interface CombineOptions {
  /** The algorithm of the new manifest's checksums; that of the newest backup's if not given. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly signal: AbortSignal;
  readonly warn: (message: string, extras?: Extras) => void;
  /** Is told of what is read. */
  readonly add: (bytes: number) => void;
}

/** Combines backups, the newest first. Throws BackupError for one that is not good, and for a chain that is none. */
export async function* combineBackups(
  inputs: readonly Input[],
  newest: NewestBackup,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const [first, ...older] = withAlgorithms(inputs);
  if (first === undefined) return;
  const manifest: Buffer[] = [];
  let inManifest = false;
  try {
    for await (const frame of readBackup(first, options)) {
      if (frame.type === 'manifest' || frame.type === 'archive') inManifest = frame.type === 'manifest';
      if (frame.type === 'data' && inManifest) manifest.push(...frame.parts.map((part) => Buffer.from(part)));
      else if (frame.type === 'end') {
        await fillFrom(first, older, newest, options);
        yield* manifestFrames(Buffer.concat(manifest), newest, options);
        yield frame;
      } else if (frame.type !== 'manifest' && frame.type !== 'manifest-end') yield frame;
    }
  } finally {
    for (const file of newest.rebuilt.values()) file.abandon();
  }
}

/** Mostly all manifests have checksums of one kind, so that what is known of one holds for those that come later. */
function withAlgorithms(inputs: readonly Input[]): Input[] {
  const known = inputs.find((input) => input.algorithm !== undefined)?.algorithm;
  return inputs.map((input) => ({ ...input, algorithm: input.algorithm ?? known }));
}

async function* manifestFrames(
  manifest: Buffer,
  newest: NewestBackup,
  { algorithm }: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  yield { type: 'manifest' };
  for await (const bytes of newManifest(manifest, newest, algorithm))
    yield { type: 'data', parts: [bytes], bytes: bytes.length };
  yield { type: 'manifest-end' };
}

/** Reads the older backups, whose blocks go where the newest one has none. */
async function fillFrom(
  { place }: Input,
  older: readonly Input[],
  newest: NewestBackup,
  options: CombineOptions,
): Promise<void> {
  const chain = new ChainCheck(1 + older.length);
  const cluster = new ClusterCheck();
  chain.add(place, newest.label.parsed);
  cluster.add(place, newest.control);
  settle(newest, options);
  for (const input of older) {
    const backup = await readOlder(input, newest, options);
    chain.add(input.place, parseBackupLabel(backup.fact(BACKUP_LABEL)));
    cluster.add(input.place, parseControlFile(backup.fact(CONTROL_FILE)));
  }
  const unfinished = [...newest.rebuilt].find(([, { finished }]) => !finished);
  if (unfinished !== undefined)
    throw new BackupError(`full backup contains unexpected incremental file for "${unfinished[0]}"`);
  warnOfMixedChecksums(cluster, options);
}

function settle({ rebuilt, control }: NewestBackup, options: CombineOptions): void {
  const bounded = [...rebuilt].filter(([, file]) => file.settle(control));
  warnOfBounds(
    bounded.map(([path]) => path),
    control,
    options,
  );
}

async function readOlder(input: Input, newest: NewestBackup, options: CombineOptions): Promise<OlderBackup> {
  const backup = new OlderBackup(input.place, newest.rebuilt);
  let current: ContentsSink | undefined;
  for await (const frame of readBackup(input, options)) {
    if (frame.type === 'archive') current = backup.archive(frame.name);
    else if (frame.type === 'manifest') current = undefined;
    else if (frame.type === 'archive-end') current?.end();
    else if (frame.type === 'data') current?.push(frame.parts);
  }
  backup.end();
  return backup;
}

/** The frames of a backup that is verified, with archives decompressed; what goes wrong says with which backup. */
export async function* readBackup(
  input: Input,
  options: CombineOptions,
): AsyncGenerator<Frame, void, undefined> {
  const { signal, warn } = options;
  const frames = decompressArchives()(counted(openInput(input, signal), options));
  try {
    if (!input.withoutManifest) return yield* verified(frames, input, signal);
    warn(`backup at "${input.place}" has no manifest, so that its files were not verified`);
    yield* frames;
  } catch (error) {
    throw located(error, input.place);
  }
}

async function* counted(frames: AsyncIterable<Frame>, { add }: CombineOptions): AsyncGenerator<Frame> {
  for await (const frame of frames) {
    if (frame.type === 'data') add(frame.bytes);
    yield frame;
  }
}
