/**
 * What is the same wherever the result goes: each backup of a chain is verified while it is read, and must fit the one
 * after it; those between the newest and the full one fill in their blocks.
 */

import { BackupError } from '../errors/backup-error.ts';
import { decompressArchives } from '../filter/decompress.ts';
import type { ChecksumAlgorithm } from '../manifest/checksum.ts';
import { type BackupLabel, parseBackupLabel } from '../postgres/backup-label.ts';
import { type ControlFile, parseControlFile } from '../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE } from '../postgres/data-directory.ts';
import type { ContentsSink } from '../store/file-writer.ts';
import type { Frame } from '../stream/frame.ts';
import type { Extras } from '../terminal/messages.ts';
import { ChainCheck } from './chain.ts';
import { ClusterCheck } from './cluster-check.ts';
import { type Input, openInput } from './input.ts';
import type { KeptFiles } from './kept-files.ts';
import { located } from './located.ts';
import { OlderBackup } from './older-backup.ts';
import type { RebuiltFile, Segments } from './rebuilt-file.ts';
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

/** The files that are being rebuilt, by their paths in the data directory. */
export type RebuiltFiles = ReadonlyMap<string, RebuiltFile>;

/** Mostly all manifests have checksums of one kind, so that what is known of one holds for those that come later. */
export function withAlgorithms(inputs: readonly Input[]): Input[] {
  const known = inputs.find((input) => input.algorithm !== undefined)?.algorithm;
  return inputs.map((input) => ({ ...input, algorithm: input.algorithm ?? known }));
}

/** Whether the backups, from the newest to the full one, are a chain and of one cluster. */
export class Agreement {
  readonly #chain: ChainCheck;
  readonly #cluster = new ClusterCheck();

  constructor(backups: number) {
    this.#chain = new ChainCheck(backups);
  }

  /** Takes the next older backup. Throws BackupError if it does not fit. */
  add(place: string, label: BackupLabel, control: ControlFile): void {
    this.#chain.add(place, label);
    this.#cluster.add(place, control);
  }

  addKept(place: string, kept: KeptFiles): void {
    this.add(
      place,
      parseBackupLabel(kept.contents(BACKUP_LABEL)),
      parseControlFile(kept.contents(CONTROL_FILE)),
    );
  }

  /** All have been added. */
  end(options: CombineOptions): void {
    warnOfMixedChecksums(this.#cluster, options);
  }
}

/** The newest backup has been read: gives the files their lengths. */
export function settle(rebuilt: RebuiltFiles, segments: Segments, options: CombineOptions): void {
  const bounded = [...rebuilt].filter(([, file]) => file.settle(segments));
  warnOfBounds(
    bounded.map(([path]) => path),
    segments,
    options,
  );
}

/** Reads older backups, whose blocks go where newer ones have none. */
export async function fillFrom(
  older: readonly Input[],
  rebuilt: RebuiltFiles,
  agreement: Agreement,
  options: CombineOptions,
): Promise<void> {
  for (const input of older) {
    const backup = new OlderBackup(input.place, rebuilt);
    let current: ContentsSink | undefined;
    for await (const frame of readBackup(input, options)) {
      if (frame.type === 'archive') current = backup.archive(frame.name);
      else if (frame.type === 'manifest') current = undefined;
      else if (frame.type === 'archive-end') current?.end();
      else if (frame.type === 'data') current?.push(frame.parts);
    }
    backup.end();
    agreement.addKept(input.place, backup.kept);
  }
}

/** The full backup has an incremental file, and nothing else of that name. */
export function unexpectedIncremental(place: string, path: string): BackupError {
  return new BackupError(`full backup at "${place}" contains unexpected incremental file for "${path}"`);
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
