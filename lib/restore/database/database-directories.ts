/**
 * Where the files of databases are: in base/OID of the data directory, and in a directory of the same name in the
 * version's directory of each tablespace in which a database has anything (src/common/relpath.c).
 */

import { readdirSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { VERSION_FILE } from '../../postgres/data-directory.ts';
import type { TablespaceTarget } from '../tablespace-targets.ts';

/** A directory with files of one database. */
export interface DatabaseDirectory {
  readonly oid: number;
  readonly path: string;
}

const DATABASE_FILE = /^(?:base|pg_tblspc\/[0-9]+\/PG_[^/]+)\/([1-9][0-9]*)\/([^/]+)$/;
const VERSION_DIRECTORY = /^PG_/;
const OID = /^[1-9][0-9]*$/;

/** The database that a file with data in it belongs to, by the file's path in the data directory. */
export function databaseOf(path: string): number | undefined {
  const [, oid, name] = DATABASE_FILE.exec(path) ?? [];
  return oid === undefined || name === VERSION_FILE ? undefined : Number(oid);
}

/** The directories of all databases, in a data directory whose tablespaces are at these locations. */
export function databaseDirectories(
  directory: string,
  tablespaces: readonly TablespaceTarget[],
): DatabaseDirectory[] {
  const versions = tablespaces.flatMap((tablespace) =>
    subdirectories(tablespace.directory, VERSION_DIRECTORY),
  );
  return [`${directory}/base`, ...versions].flatMap((parent) =>
    subdirectories(parent, OID).map((path) => ({ oid: Number(path.slice(parent.length + 1)), path })),
  );
}

/** The paths of the files with data in a directory of a database. */
export function dataFiles({ path }: DatabaseDirectory): string[] {
  return entries(path)
    .filter((entry) => entry.isFile() && entry.name !== VERSION_FILE)
    .map(({ name }) => `${path}/${name}`);
}

function subdirectories(path: string, pattern: RegExp): string[] {
  return entries(path)
    .filter((entry) => entry.isDirectory() && pattern.test(entry.name))
    .map(({ name }) => `${path}/${name}`);
}

function entries(path: string) {
  return attempt(`could not read directory "${path}"`, () => readdirSync(path, { withFileTypes: true }));
}
