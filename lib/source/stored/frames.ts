/**
 * A backup that was stored in tar format, back as the backup that it came from: a directory in, the frames of a whole
 * backup stream out, in the server's order. Archives pass untouched, compressed or not. What no file says of the stream
 * is taken from those that say the same: the start position from backup_label, the tablespaces from tablespace_map, the
 * end position from the manifest. Parameters of the server (ParameterStatus) are in no file that can be read before.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { openFile } from '../../io/input.ts';
import { ManifestParser } from '../../manifest/parse.ts';
import type { WalRange } from '../../manifest/values.ts';
import { backupEnd, backupStart } from '../../manifest/wal-ranges.ts';
import { BACKUP_LABEL } from '../../postgres/data-directory.ts';
import { MANIFEST } from '../../stream/archive-name.ts';
import type { Frame, ListedTablespace } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import { quoted } from '../../terminal/visible.ts';
import { ArchiveFrames } from './archive-frames.ts';
import { type ArchiveFile, findArchives, type StoredArchives } from './archives.ts';
import { type BaseHead, readBaseHead } from './base-head.ts';

/** A tablespace with its archive. */
interface StoredTablespace {
  readonly oid: number;
  readonly location: string;
  readonly file: ArchiveFile;
}

/**
 * Reads a backup from its directory to the end. Throws BackupError if an archive is missing or the manifest is not
 * good, TroubleError for a directory that is no backup in tar format or cannot be read.
 */
export async function* readStoredBackup(
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const archives = findArchives(directory);
  const head = await readBaseHead(archives.base, signal);
  const tablespaces = matchTablespaces(archives, head);
  const ranges = archives.manifest === undefined ? [] : await readRanges(archives.manifest, signal);
  const { start: lsn, timeline } = head.label ?? backupStart(ranges) ?? unknownStart(directory);
  const end = backupEnd(ranges);
  const stop = end === undefined ? undefined : { lsn: end.end, timeline: end.timeline };
  const listed = listOf(tablespaces, archives.base);
  yield* headFrames({ parameters: new Map(), start: { lsn, timeline }, tablespaces: listed });
  const reader = new ArchiveFrames(signal);
  for (const { file, location } of tablespaces) yield* reader.archive(file, location);
  yield* reader.archive(archives.base, '');
  if (archives.wal !== undefined) yield* reader.archive(archives.wal, '');
  if (archives.manifest !== undefined) {
    yield { type: 'manifest' };
    yield* reader.contents(archives.manifest);
    yield { type: 'manifest-end' };
  }
  yield* endFrames(stop);
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
function unknownStart(directory: string): never {
  throw new BackupError(`backup in directory "${directory}" does not say where it starts`, {
    detail: `It has neither "${BACKUP_LABEL}" nor "${MANIFEST}".`,
  });
}

/** The WAL ranges of a manifest, of which nothing else is kept. */
async function readRanges(manifest: string, signal: AbortSignal): Promise<readonly WalRange[]> {
  const ranges: WalRange[] = [];
  const parser = new ManifestParser({
    version() {},
    systemIdentifier() {},
    file() {},
    walRange(range) {
      ranges.push(range);
    },
  });
  for await (const piece of openFile(manifest, signal)) parser.push(piece);
  parser.end();
  return ranges;
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
