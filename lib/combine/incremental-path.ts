/**
 * Which files of an incremental backup hold only some blocks of a relation file: paths in the data directory in, the
 * paths of the files that they stand for out. The name alone does not tell: elsewhere than in the directories of
 * relations, such a name is that of an ordinary file (process_directory_recursively() in
 * src/bin/pg_combinebackup/pg_combinebackup.c).
 */

const INCREMENTAL = /^(global|base\/.+|pg_tblspc\/[1-9][0-9]*(?:\/.+)?)\/INCREMENTAL\.([^/]+)$/;

/** The path of the whole file ("base/5/16384" for "base/5/INCREMENTAL.16384"); undefined for any other file. */
export function wholePath(path: string): string | undefined {
  const [, directory, name] = INCREMENTAL.exec(path) ?? [];
  return directory === undefined ? undefined : `${directory}/${name}`;
}
