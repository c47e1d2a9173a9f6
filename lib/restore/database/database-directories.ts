/**
 * Where the files of databases are: in base/OID of the data directory, and in a folder of the same name in the version
 * folder of each tablespace in which a database has anything (src/common/relpath.c).
 */

import { readdirSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { VERSION_FILE } from '../../postgres/data-directory.ts';
import type { Place } from '../tablespace-targets.ts';

/** A directory with files of one database. */
export interface DatabaseFolder {
  readonly oid: number;
  readonly path: string;
}

const DATABASE_FILE = /^(?:base|pg_tblspc\/[0-9]+\/PG_[^/]+)\/([1-9][0-9]*)\/([^/]+)$/;
const VERSION_FOLDER = /^PG_/;
const OID = /^[1-9][0-9]*$/;

/** The database that a file with data in it belongs to, by the file's path in the data directory. */
export function databaseOf(path: string): number | undefined {
  const [, oid, name] = DATABASE_FILE.exec(path) ?? [];
  return oid === undefined || name === VERSION_FILE ? undefined : Number(oid);
}

/** The directories of all databases, in a data directory whose tablespaces are at these places. */
export function databaseFolders(directory: string, places: readonly Place[]): DatabaseFolder[] {
  const versions = places.flatMap((place) => subfolders(place.directory, VERSION_FOLDER));
  return [`${directory}/base`, ...versions].flatMap((parent) =>
    subfolders(parent, OID).map((path) => ({ oid: Number(path.slice(parent.length + 1)), path })),
  );
}

/** The paths of the files with data in a directory of a database. */
export function dataFiles({ path }: DatabaseFolder): string[] {
  return entries(path)
    .filter((entry) => entry.isFile() && entry.name !== VERSION_FILE)
    .map(({ name }) => `${path}/${name}`);
}

function subfolders(path: string, pattern: RegExp): string[] {
  return entries(path)
    .filter((entry) => entry.isDirectory() && pattern.test(entry.name))
    .map(({ name }) => `${path}/${name}`);
}

function entries(path: string) {
  return attempt(`could not read directory "${path}"`, () => readdirSync(path, { withFileTypes: true }));
}
