/**
 * Which archives a place holds: a place in, files by their role in the backup out. A backup in tar format is a
 * place with base.tar, OID.tar for each tablespace, perhaps pg_wal.tar and backup_manifest, as `pg_basebackup -Ft`
 * and bb-split lay it out; each archive may be compressed, with the suffix that says how.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import type { Place, PlaceEntry, StoredFile } from '../../store/place.ts';
import { type ArchiveName, MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';

/** An archive as a file, by its name in its place and in the backup: "base.tar.zst". */
export interface ArchiveFile extends StoredFile {
  readonly archive: ArchiveName;
}

/** What is in a place: files with the name of an archive, and all the rest. */
export interface PlaceListing {
  readonly archives: readonly ArchiveFile[];
  readonly others: readonly PlaceEntry[];
}

/** The files of one backup. */
export interface StoredArchives {
  readonly base: ArchiveFile;
  /** By OID. */
  readonly tablespaces: ReadonlyMap<number, ArchiveFile>;
  readonly wal: ArchiveFile | undefined;
  /** Undefined if the backup has none. */
  readonly manifest: StoredFile | undefined;
}

/**
 * Looks for the archives. Throws BackupError if base.tar is missing or an archive is there twice, under two suffixes;
 * TroubleError for a place that holds no backup in tar format.
 */
export async function findArchives(place: Place, signal: AbortSignal): Promise<StoredArchives> {
  const { archives, others } = await listPlace(place, signal);
  const byStem = new Map<string, ArchiveFile>();
  for (const file of archives) {
    const stem = file.name.replace(/\.tar.*$/, '');
    const other = byStem.get(stem);
    if (other !== undefined)
      throw new BackupError(
        `archive "${stem}.tar" is stored twice, as "${other.name}" and as "${file.name}"`,
      );
    byStem.set(stem, file);
  }
  const base = byStem.get('base');
  if (base === undefined) throw await baseMissing(place, byStem.size > 0, signal);
  return {
    base,
    tablespaces: new Map(
      [...byStem.values()].flatMap((file) =>
        file.archive.oid === undefined ? [] : [[file.archive.oid, file]],
      ),
    ),
    wal: byStem.get('pg_wal'),
    manifest: others.find(({ name }) => name === MANIFEST)?.file,
  };
}

/**
 * Lists what a place holds, in the order of names, whether it is a backup or not. Throws TroubleError for one that
 * cannot be read.
 */
export async function listPlace(place: Place, signal: AbortSignal): Promise<PlaceListing> {
  const archives: ArchiveFile[] = [];
  const others: PlaceEntry[] = [];
  for (const entry of await place.list(signal)) {
    const archive = parseArchiveName(entry.name);
    if (entry.file !== undefined && archive !== undefined) archives.push({ ...entry.file, archive });
    else others.push(entry);
  }
  return { archives, others };
}

async function baseMissing(place: Place, othersAreThere: boolean, signal: AbortSignal): Promise<Error> {
  if (othersAreThere) return new BackupError(`archive "base.tar" is missing in ${place.subject}`);
  return new TroubleError(`${place.subject} is not a backup in tar format`, {
    detail: (await place.otherContents(signal)) ?? 'There is no "base.tar" in it.',
  });
}
