/**
 * Reads the names of databases from the catalog pg_database of a data directory that no server runs on: the file that
 * global/pg_filenode.map names, page by page. Since PostgreSQL 12 a row begins with the OID and the name, 64 bytes
 * filled up with NULs (src/include/catalog/pg_database.h).
 *
 * The rows are those of the moment when the server sent the file, or of shortly before: a backup becomes consistent
 * only when its WAL is replayed. So there may be several rows of one name, and a caller that looks for one must be
 * content only with a single OID.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { isBlockSize } from '../../page/page-checker.ts';
import { readTuples } from './heap-page.ts';
import { parseRelationMap, RELATION_MAP } from './relation-map.ts';
import { readSmallFile } from './small-file.ts';

/** A row of pg_database that is not certainly dead. */
export interface DatabaseRow {
  readonly oid: number;
  readonly name: string;
}

/** The OID of the catalog itself. */
const PG_DATABASE = 1262;
const OID_BYTES = 4;
const NAME_BYTES = 64;
const PAGE_SIZE_AT = 18;
const PAGE_SIZE_MASK = 0xff00;

/**
 * Reads the rows. Throws TroubleError where they cannot be read: the backup may be good even so, if the server was
 * writing the page when it was sent.
 */
export function readDatabases(directory: string): DatabaseRow[] {
  try {
    const file = parseRelationMap(readSmallFile(`${directory}/${RELATION_MAP}`)).get(PG_DATABASE);
    return pages(readSmallFile(`${directory}/global/${file}`))
      .flatMap(readTuples)
      .map(readRow);
  } catch (cause) {
    throw new TroubleError('could not read the names of databases from the catalog pg_database', {
      detail: `The reason is: ${(cause as Error).message}.`,
      hint: 'Give the OID of the database instead of its name.',
      cause,
    });
  }
}

/** The size of pages stands in each of them. */
function pages(bytes: Buffer): Buffer[] {
  const size = bytes.length > PAGE_SIZE_AT ? bytes.readUInt16LE(PAGE_SIZE_AT) & PAGE_SIZE_MASK : 0;
  if (!isBlockSize(size)) throw new BackupError('invalid page of a table');
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function readRow(tuple: Buffer): DatabaseRow {
  if (tuple.length < OID_BYTES + NAME_BYTES) throw new BackupError('row too short');
  const name = tuple.subarray(OID_BYTES, OID_BYTES + NAME_BYTES);
  const end = name.indexOf(0);
  return { oid: tuple.readUInt32LE(0), name: name.toString('utf8', 0, end < 0 ? NAME_BYTES : end) };
}
