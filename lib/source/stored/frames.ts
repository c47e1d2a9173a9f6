/**
 * A backup that was stored in tar format, back as the backup that it came from: a place in, the frames of a whole
 * backup stream out, in the server's order. Archives pass untouched, compressed or not. What no file says of the stream
 * is taken from those that say the same: the start position from backup_label, the tablespaces from tablespace_map, the
 * end position from the manifest. Parameters of the server are in stored-parameters.ts.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { backupStart } from '../../manifest/wal-ranges.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import type { Place } from '../../store/place.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { Frame, ListedTablespace } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import { quoted } from '../../terminal/visible.ts';
import { ArchiveFrames } from './archive-frames.ts';
import { type ArchiveFile, findArchives, type StoredArchives } from './archives.ts';
import { type BaseHead, readBaseHead } from './base-head.ts';
import { readStoredManifest, type StoredManifest, stopOf } from './stored-manifest.ts';

/** A tablespace with its archive. */
interface StoredTablespace {
  readonly oid: number;
  readonly location: string;
  readonly file: ArchiveFile;
}

/** What is known of a backup in tar format before its archives are read. */
export interface StoredBackup {
  readonly archives: StoredArchives;
  readonly manifest: StoredManifest | undefined;
}

/**
 * Looks for the parts of a backup. Throws BackupError if base.tar is missing or the manifest is not good, TroubleError
 * for a place that holds no backup in tar format.
 */
export async function openStoredBackup(place: Place, signal: AbortSignal): Promise<StoredBackup> {
  const archives = await findArchives(place, signal);
  const { manifest } = archives;
  return {
    archives,
    manifest: manifest === undefined ? undefined : await readStoredManifest(manifest.open(signal)),
  };
}

/**
 * Reads a backup from its place to the end. Throws BackupError if an archive is missing or the manifest is not
 * good, TroubleError for a place that holds no backup in tar format or cannot be read.
 */
export async function* readStoredBackup(
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  yield* readOpenBackup(await openStoredBackup(place, signal), new Map(), signal);
}

/** Reads a backup that was looked for, and begins with these facts about its server. Throws as readStoredBackup() does. */
export async function* readOpenBackup(
  { archives, manifest }: StoredBackup,
  parameters: ReadonlyMap<string, string>,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const head = await readBaseHead(archives.base, signal);
  const tablespaces = matchTablespaces(archives, head);
  const { start: lsn, timeline } = head.label ?? backupStart(manifest?.ranges ?? []) ?? unknownStart();
  const listed = listOf(tablespaces, archives.base);
  yield* headFrames({ parameters, start: { lsn, timeline }, tablespaces: listed });
  const reader = new ArchiveFrames(signal);
  for (const { file, location } of tablespaces) yield* reader.archive(file, location);
  yield* reader.archive(archives.base, '');
  if (archives.wal !== undefined) yield* reader.archive(archives.wal, '');
  if (archives.manifest !== undefined) {
    yield { type: 'manifest' };
    yield* reader.contents(archives.manifest);
    yield { type: 'manifest-end' };
  }
  yield* endFrames(manifest && stopOf(manifest));
}

/** In the order of the map, which is the server's; those that live in pg_tblspc itself have no line there. */
function matchTablespaces({ tablespaces }: StoredArchives, head: BaseHead): readonly StoredTablespace[] {
  const mapped = [...head.tablespaces].map(([oid, location]) => {
    const file = tablespaces.get(oid);
    if (file === undefined)
      throw new BackupError(`archive "${oid}.tar" is missing`, {
        detail: `The backup has tablespace ${oid} at ${quoted(location)}.`,
      });
    return { oid, location, file };
  });
  const inPlace = [...tablespaces].filter(([oid]) => !head.tablespaces.has(oid));
  return [...mapped, ...inPlace.map(([oid, file]) => ({ oid, location: `pg_tblspc/${oid}`, file }))];
}

/** A backup without backup_label, that of a stopped server, has nothing but its manifest to tell. */
function unknownStart(): never {
  throw new BackupError('backup does not say where it starts', {
    detail: `It has neither "${BACKUP_LABEL}" nor "${MANIFEST}".`,
  });
}

function listOf(tablespaces: readonly StoredTablespace[], base: ArchiveFile): ListedTablespace[] {
  return [
    ...tablespaces.map(({ oid, location, file }) => ({ oid, location, kilobytes: kilobytes(file) })),
    { oid: null, location: null, kilobytes: kilobytes(base) },
  ];
}

function kilobytes({ bytes }: ArchiveFile): number {
  return Math.ceil(bytes / 1024);
}
