/**
 * Which files of a data directory consist of pages with checksums: the forks of relations, by their paths. The
 * rules are those by which the server chooses what it verifies while it sends a backup
 * (parse_filename_for_nontemp_relation() in src/backend/storage/file/reinit.c and sendDir() in
 * src/backend/backup/basebackup.c): files named by a number, with a fork and a segment, in global, in
 * base/OID and in the version directory of a tablespace.
 */

/** A file that holds a segment of a relation's fork. */
export interface RelationFile {
  /** The number of the segment, from which its first block number follows. */
  readonly segment: number;
  /** Whether it holds only what changed since an earlier backup, in a form of its own (PostgreSQL 17 and later). */
  readonly incremental: boolean;
}

const DIRECTORY = /^(?:global|base\/[0-9]+|pg_tblspc\/[0-9]+\/PG_[^/]+\/[0-9]+)$/;
const NAME = /^(INCREMENTAL\.)?[1-9][0-9]{0,9}(?:_(?:fsm|vm|init))?(?:\.([1-9][0-9]{0,9}))?$/;

/**
 * Parses a path relative to the data directory ("base/5/16384_fsm.1"); undefined if the file belongs to no relation, or
 * to a temporary one.
 */
export function parseRelationFile(path: string): RelationFile | undefined {
  const slash = path.lastIndexOf('/');
  if (slash < 0 || !DIRECTORY.test(path.slice(0, slash))) return undefined;
  const match = NAME.exec(path.slice(slash + 1));
  if (match === null) return undefined;
  const [, incremental, segment] = match;
  return {
    segment: Number(segment ?? 0),
    incremental: incremental !== undefined,
  };
}
