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
import { backupEnd } from '../../manifest/wal-ranges.ts';
import type { Frame, ListedTablespace, Position, StopFrame } from '../../stream/frame.ts';
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
  const stop = archives.manifest === undefined ? undefined : await readStop(archives.manifest, signal);
  const { start, timeline } = head.label;
  yield* headFrames({ lsn: start, timeline }, listOf(tablespaces, archives.base));
  const reader = new ArchiveFrames(signal);
  for (const { file, location } of tablespaces) yield* reader.archive(file, location);
  yield* reader.archive(archives.base, '');
  if (archives.wal !== undefined) yield* reader.archive(archives.wal, '');
  if (archives.manifest !== undefined) {
    yield { type: 'manifest' };
    yield* reader.contents(archives.manifest);
    yield { type: 'manifest-end' };
  }
  yield { type: 'copy-done' };
  if (stop !== undefined) {
    yield { type: 'columns', names: ['recptr', 'tli'] };
    yield stop;
    yield { type: 'result-end' };
  }
  yield { type: 'end' };
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

/** Where the backup ends, by its manifest, of which only the WAL ranges are kept. */
async function readStop(manifest: string, signal: AbortSignal): Promise<StopFrame | undefined> {
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
  const last = backupEnd(ranges);
  return last === undefined ? undefined : { type: 'stop', lsn: last.end, timeline: last.timeline };
}

/** The frames before the archives of a stream. */
export function* headFrames(
  start: Position,
  listed: readonly ListedTablespace[],
): Generator<Frame, void, undefined> {
  yield { type: 'columns', names: ['recptr', 'tli'] };
  yield { type: 'start', ...start };
  yield { type: 'result-end' };
  yield { type: 'columns', names: ['spcoid', 'spclocation', 'size'] };
  for (const tablespace of listed) yield { type: 'tablespace', ...tablespace };
  yield { type: 'result-end' };
  yield { type: 'copy', head: { parameters: new Map(), start, tablespaces: listed } };
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
