/**
 * Which archives a directory holds: a name in, files by their role in the backup out. A backup in tar format is a
 * directory with base.tar, OID.tar for each tablespace, perhaps pg_wal.tar and backup_manifest, as `pg_basebackup -Ft`
 * and bb-split lay it out; each archive may be compressed, with the suffix that says how.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { VERSION_FILE } from '../../postgres/data-directory.ts';
import { type ArchiveName, MANIFEST, parseArchiveName } from '../../stream/archive-name.ts';

/** An archive as a file. */
export interface ArchiveFile {
  /** Its name in the directory and in the backup: "base.tar.zst". */
  readonly name: string;
  readonly archive: ArchiveName;
  readonly path: string;
  readonly bytes: number;
}

/** The files of one backup. */
export interface StoredArchives {
  readonly base: ArchiveFile;
  /** By OID. */
  readonly tablespaces: ReadonlyMap<number, ArchiveFile>;
  readonly wal: ArchiveFile | undefined;
  /** The path of the manifest; undefined if the backup has none. */
  readonly manifest: string | undefined;
}

/**
 * Looks for the archives. Throws BackupError if base.tar is missing or an archive is there twice, under two suffixes;
 * TroubleError for a directory that is no backup in tar format.
 */
export function findArchives(directory: string): StoredArchives {
  const byStem = new Map<string, ArchiveFile>();
  for (const file of archiveFiles(directory)) {
    const stem = file.name.replace(/\.tar.*$/, '');
    const other = byStem.get(stem);
    if (other !== undefined)
      throw new BackupError(
        `archive "${stem}.tar" is stored twice, as "${other.name}" and as "${file.name}"`,
      );
    byStem.set(stem, file);
  }
  const base = byStem.get('base');
  if (base === undefined) throw baseMissing(directory, byStem.size > 0);
  const manifest = join(directory, MANIFEST);
  return {
    base,
    tablespaces: new Map(
      [...byStem.values()].flatMap((file) =>
        file.archive.oid === undefined ? [] : [[file.archive.oid, file]],
      ),
    ),
    wal: byStem.get('pg_wal'),
    manifest: existsSync(manifest) ? manifest : undefined,
  };
}

function archiveFiles(directory: string): ArchiveFile[] {
  const names = attempt(`could not open directory "${directory}"`, () => readdirSync(directory));
  return names.sort().flatMap((name) => {
    const archive = parseArchiveName(name);
    if (archive === undefined) return [];
    const path = join(directory, name);
    const stat = attempt(`could not stat file "${path}"`, () => statSync(path));
    return stat.isFile() ? [{ name, archive, path, bytes: stat.size }] : [];
  });
}

function baseMissing(directory: string, othersAreThere: boolean): Error {
  if (othersAreThere) return new BackupError(`archive "base.tar" is missing in directory "${directory}"`);
  const isCluster = existsSync(join(directory, VERSION_FILE));
  return new TroubleError(`directory "${directory}" is not a backup in tar format`, {
    detail: isCluster ? 'It is a data directory.' : 'There is no "base.tar" in it.',
  });
}
