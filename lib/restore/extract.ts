/**
 * The end of a pipeline: frames to a data directory that a server can be started from, as `pg_basebackup -Fp` leaves
 * it, whether the archives are compressed or not. Tablespaces go to their locations, or where mappings put them.
 *
 * Until the end of the backup has come and everything is on disk, global/pg_control and backup_manifest have
 * temporary names. If anything fails before, all that was made is removed.
 */

import { decompressArchives } from '../filter/decompress.ts';
import { receive } from '../sink/receive.ts';
import type { Frame } from '../stream/frame.ts';
import { Extraction, type ExtractionOptions } from './extraction.ts';
import { type FinishOptions, finish } from './finish.ts';

/** Where to extract, and how. */
export interface ExtractOptions extends ExtractionOptions, FinishOptions {
  /** Whether to remove what was made if the extraction fails. */
  readonly clean: boolean;
  /** Is told what could not be removed. */
  readonly warn?: (complaint: string) => void;
  /** Is told what was removed. */
  readonly tell?: (text: string) => void;
}

/** What was extracted. */
export interface Summary {
  readonly archives: number;
  readonly files: number;
  /** Of the contents of files, the manifest's too. */
  readonly bytes: number;
  /** Whether the backup has a manifest. */
  readonly manifest: boolean;
}

/**
 * Extracts a backup. Throws what the frames throw, BackupError for a backup that is not good, TroubleError for
 * directories and mappings that cannot be used and for what the system refuses, and the signal's reason once it has
 * fired.
 */
export async function extract(frames: AsyncIterable<Frame>, options: ExtractOptions): Promise<Summary> {
  const extraction = new Extraction(options);
  try {
    await receive(decompressArchives()(frames), extraction);
    const extracted = extraction.end();
    for (const step of options.steps ?? []) await step.complete?.(extracted);
    await finish(extracted, options);
    const { archives, files, bytes, manifest } = extracted;
    return { archives, files, bytes, manifest: manifest !== undefined };
  } catch (error) {
    extraction.abandon();
    const removed = options.clean ? extraction.remove(options.warn ?? (() => {})) : [];
    if (removed.length > 0) options.tell?.(`removed ${removed.join(', ')}`);
    throw error;
  }
}
