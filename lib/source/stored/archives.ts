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

/** Something else in a directory. */
export interface OtherEntry {
  readonly name: string;
  readonly isFile: boolean;
}

/** What is in a directory: files with the name of an archive, and all the rest. */
export interface DirectoryListing {
  readonly archives: readonly ArchiveFile[];
  readonly others: readonly OtherEntry[];
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
  for (const file of listDirectory(directory).archives) {
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

/**
 * Lists what a directory holds, in the order of names, whether it is a backup or not. Throws TroubleError for one that
 * cannot be read.
 */
export function listDirectory(directory: string): DirectoryListing {
  const archives: ArchiveFile[] = [];
  const others: OtherEntry[] = [];
  const names = attempt(`could not open directory "${directory}"`, () => readdirSync(directory));
  for (const name of names.sort()) {
    const archive = parseArchiveName(name);
    const path = join(directory, name);
    const stat = attempt(`could not stat file "${path}"`, () => statSync(path, { throwIfNoEntry: false }));
    const isFile = stat?.isFile() === true;
    if (isFile && archive !== undefined) archives.push({ name, archive, path, bytes: stat.size });
    else others.push({ name, isFile });
  }
  return { archives, others };
}

function baseMissing(directory: string, othersAreThere: boolean): Error {
  if (othersAreThere) return new BackupError(`archive "base.tar" is missing in directory "${directory}"`);
  const isCluster = existsSync(join(directory, VERSION_FILE));
  return new TroubleError(`directory "${directory}" is not a backup in tar format`, {
    detail: isCluster ? 'It is a data directory.' : 'There is no "base.tar" in it.',
  });
}
