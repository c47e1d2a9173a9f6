/**
 * Reads global/pg_filenode.map, which says in which files the shared catalogs are that the server must find before it
 * can read any: pairs of a catalog's OID and the number of its file. The layout is RelMapFile in
 * src/backend/utils/cache/relmapper.c: room for 62 pairs up to PostgreSQL 15 and for 64 since, then a CRC of all the
 * bytes before it.
 */

import { crc32c } from '../../crc/crc32c.ts';
import { BackupError } from '../../errors/backup-error.ts';

/** The file, in a data directory. */
export const RELATION_MAP = 'global/pg_filenode.map';

const MAGIC = 0x592717;
const HEAD_BYTES = 8;
const PAIR_BYTES = 8;
/** For how many pairs there is room, by the size of the file. The smaller one has four bytes after the CRC. */
const ROOM: Readonly<Record<number, number>> = { 512: 62, 524: 64 };

/** The file numbers, by the OIDs of the catalogs. Throws BackupError if the file is damaged. */
export function parseRelationMap(bytes: Buffer): ReadonlyMap<number, number> {
  const room = ROOM[bytes.length];
  if (room === undefined) throw damaged(`It has ${bytes.length} bytes.`);
  const crcAt = HEAD_BYTES + room * PAIR_BYTES;
  const count = bytes.readInt32LE(4);
  if (bytes.readInt32LE(0) !== MAGIC || count < 0 || count > room) throw damaged('Its head is not valid.');
  if (crc32c(bytes.subarray(0, crcAt)) !== bytes.readUInt32LE(crcAt))
    throw damaged('Its CRC does not match.');
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const at = HEAD_BYTES + index * PAIR_BYTES;
      return [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    }),
  );
}

function damaged(detail: string): BackupError {
  return new BackupError(`invalid relation map "${RELATION_MAP}"`, { detail });
}
