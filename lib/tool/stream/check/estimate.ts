/**
 * An upper bound of the size of a backup stream, in bytes, for programs that must know it before they begin. It
 * is made of what the server says at the beginning of a backup, which is then cancelled:
 *
 *   archives   the server's own sum over all files, headers and padding included (sendDir() with sizeonly in
 *              src/backend/backup/basebackup.c), which it gives in whole kB and without a few small files
 *   framing    at most three messages a file and one for each 32 kB of it, and reports of progress
 *   manifest   one line a file, of the greatest length that a relation's can have
 *   WAL        the segments from the start of the backup to the present position, and one more
 *
 * It does not know the number of files, and takes them to be 4 kB on average, their headers included. What is
 * written to the cluster afterwards is not in it, beyond what the additional segment holds.
 */

import { TroubleError } from '../../../errors/trouble.ts';
import type { Connection } from '../../../libpq/connect/connection.ts';
import type { BaseBackupOptions } from '../../../libpq/replication/commands.ts';
import { IDENTITY_COLUMNS, identifySystem } from '../../../libpq/replication/commands.ts';
import { type Lsn, parseLsn } from '../../../postgres/lsn.ts';
import type { BackupRequest } from '../../../source/server/server.ts';
import { walsender } from '../../../source/server/walsender.ts';

const LEAST_FILE_BYTES = 4096;
/** A message's head and, since version 15, the kind of CopyData. */
const HEAD_BYTES = 6;
/** A file of any length takes three: header, contents, padding. The smallest that does has two blocks of a tar. */
const FRAMING_SHARE = (3 * HEAD_BYTES) / 1024;
/** The server reports progress every 64 kB, and no more often than once a second. */
const PROGRESS_SHARE = 14 / 65536;
/** A line of the manifest, apart from path and checksum. */
const LINE_BYTES = 140;
/** "pg_tblspc/OID/PG_18_202506291/OID/RELFILENODE_init.SEGMENT" */
const LONGEST_PATH_BYTES = 80;
const CHECKSUM_DIGITS: Readonly<Record<string, number>> = {
  NONE: 0,
  SHA224: 56,
  SHA256: 64,
  SHA384: 96,
  SHA512: 128,
};
const CRC32C_DIGITS = 8;
/** backup_label, tablespace_map, pg_control, start and end of stream and manifest, timeline history files. */
const FIXED_BYTES = 64 * 1024;
/** The beginning and end of an archive, its row in the list and in tablespace_map, and the rounding to kB. */
const ARCHIVE_BYTES = 8 * 1024;
/** A segment in a tar has a header; so has the note that it is archived. */
const SEGMENT_HEADERS_BYTES = 1024 + 2 * HEAD_BYTES;
/** In kB/s, the least that there is: of the data, nothing is wanted. */
const SLOWEST_RATE = 32;

/** What a server says at the beginning of a backup. */
export interface Beginning {
  /** kB of each tablespace, that of the data directory included. */
  readonly kilobytes: readonly number[];
  readonly start: Lsn;
  /** The position of WAL just before. */
  readonly position: Lsn;
  readonly segmentBytes: number;
}

/** Begins a backup, which takes a checkpoint, and gives it up. The connection is used up. */
export async function estimate(
  connection: Connection,
  request: BackupRequest,
  signal: AbortSignal,
): Promise<number> {
  const beginning = await begin(connection, request.backup, signal);
  return bound(beginning, request);
}

/** The bound that follows. */
export function bound(beginning: Beginning, { backup, streaming }: BackupRequest): number {
  const { kilobytes } = beginning;
  const archives = kilobytes.reduce((sum, size) => sum + size * 1024 + ARCHIVE_BYTES, 0);
  const framing = archives * (FRAMING_SHARE + PROGRESS_SHARE);
  const wal = backup.wal || streaming !== undefined ? walBytes(beginning) : 0;
  return Math.ceil(FIXED_BYTES + archives + framing + manifestBytes(archives, backup) + wal);
}

function manifestBytes(archives: number, { manifest, manifestChecksums = '' }: BaseBackupOptions): number {
  if (manifest === 'no') return 0;
  const path = manifest === 'force-encode' ? 2 * LONGEST_PATH_BYTES : LONGEST_PATH_BYTES;
  const checksum = CHECKSUM_DIGITS[manifestChecksums.toUpperCase()] ?? CRC32C_DIGITS;
  return (archives / LEAST_FILE_BYTES) * (LINE_BYTES + path + checksum);
}

function walBytes({ start, position, segmentBytes }: Beginning): number {
  const size = BigInt(segmentBytes);
  const last = position > start ? position : start;
  const segments = Number(last / size - start / size) + 2;
  return segments * (segmentBytes * (1 + FRAMING_SHARE / 16) + SEGMENT_HEADERS_BYTES);
}

async function begin(
  connection: Connection,
  backup: BaseBackupOptions,
  signal: AbortSignal,
): Promise<Beginning> {
  const [, , current] = await connection.queryRow(identifySystem(), IDENTITY_COLUMNS);
  const position = parseLsn(current ?? '') ?? 0n;
  const { incremental: _, compression: __, ...rest } = backup;
  const options: BaseBackupOptions = {
    ...rest,
    progress: true,
    wal: false,
    wait: false,
    manifest: 'no',
    maxRate: SLOWEST_RATE,
  };
  const kilobytes: number[] = [];
  let start: Lsn | undefined;
  let segmentBytes = 0;
  for await (const frame of walsender(connection, options, signal)) {
    if (frame.type === 'parameter' && frame.name === 'wal_segment_size') segmentBytes = Number(frame.value);
    if (frame.type === 'start') start = frame.lsn;
    if (frame.type === 'tablespace') kilobytes.push(frame.kilobytes ?? 0);
    if (frame.type === 'copy') break;
  }
  if (start === undefined) throw new TroubleError('server did not tell where the backup starts');
  return { kilobytes, start, position, segmentBytes };
}
