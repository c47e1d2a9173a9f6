/**
 * A backup that was stored, in whatever form, as the stream that it came from, for whoever passes it on as a whole: the
 * manifest is there, and good, before the first frame comes.
 *
 *   a directory of archives, or an s3:// URL of them
 *                            as frames.ts reads it
 *   a data directory         as data-directory.ts makes archives of it
 *   a file                   with a stream that was kept; a tar in a file does not say where the backup starts
 */

import { statSync } from 'node:fs';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { openFile } from '../../io/input.ts';
import { backupStart } from '../../manifest/wal-ranges.ts';
import { openPlace } from '../../store/open-place.ts';
import { isS3, type Place } from '../../store/place.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import type { TablespaceMapping } from '../../tablespaces/mapping.ts';
import { openBackup } from '../open-backup.ts';
import { findDirectory, isDataDirectory, readDataDirectory } from './data-directory.ts';
import { openStoredBackup, readOpenBackup } from './frames.ts';
import { readStoredManifest, stopOf } from './stored-manifest.ts';
import { parametersOfArchive, parametersOfDirectory } from './stored-parameters.ts';

/** What is to be read. */
export interface StoredRequest {
  readonly place: string;
  /** Where tablespaces lie that are not at their locations, in plain format. */
  readonly mappings: readonly TablespaceMapping[];
}

/**
 * Reads a backup to its end. Throws BackupError if it has no manifest or is not whole, TroubleError if there is none or
 * it cannot be read.
 */
export async function* readPlace(
  { place, mappings }: StoredRequest,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const isPlain = !isS3(place) && isDataDirectory(place);
  if (isPlain) return yield* readPlain(place, mappings, signal);
  if (mappings.length > 0)
    throw new TroubleError(`"${place}" is not a backup in plain format`, {
      hint: 'To move tablespaces of other backups, use bb-relocate.',
    });
  const isFile = !isS3(place) && !attempt(`could not open "${place}"`, () => statSync(place)).isDirectory();
  if (isFile) yield* readKeptStream(place, signal);
  else yield* readArchives(await openPlace(place), signal);
}

async function* readArchives(place: Place, signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
  const backup = await openStoredBackup(place, signal);
  const { archives, manifest } = backup;
  if (manifest === undefined) throw manifestMissing(place.subject);
  yield* readOpenBackup(backup, parametersOfArchive(archives.base, manifest), signal);
}

async function* readPlain(
  place: string,
  mappings: readonly TablespaceMapping[],
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const { manifest: path } = findDirectory(place, mappings);
  if (path === undefined) throw manifestMissing(`directory "${place}"`);
  const manifest = await readStoredManifest(openFile(path, signal));
  const first = backupStart(manifest.ranges);
  const start = first && { lsn: first.start, timeline: first.timeline };
  const parameters = parametersOfDirectory(place);
  yield* readDataDirectory(place, signal, { parameters, start, stop: stopOf(manifest), mappings });
}

async function* readKeptStream(place: string, signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
  let begun = false;
  for await (const frame of openBackup(openFile(place, signal), `file "${place}"`)) {
    if (!begun && frame.type === 'archive')
      throw new TroubleError(`file "${place}" is a tar, which does not say where the backup starts`, {
        hint: 'Name the directory in which it lies together with the manifest.',
      });
    begun = true;
    yield frame;
  }
}

function manifestMissing(subject: string): BackupError {
  return new BackupError(`${subject} has no "${MANIFEST}"`, {
    detail: 'The backup was not finished, or it was taken without a manifest.',
  });
}
