/**
 * Which version of the server introduced what bb uses, as numbers of libpq's PQserverVersion (150000 for 15.0). What
 * differs in the files of the versions is in versions.ts.
 */

import { OLDEST_MAJOR } from './versions.ts';

/** The first server version with a feature. */
export const SINCE = {
  /** The oldest version that bb supports: it introduced the backup manifest. */
  bb: OLDEST_MAJOR * 10000,
  /** Backslashes before newlines, carriage returns and backslashes in tablespace_map. */
  escapedTablespaceMap: 140000,
  /** backup_label has "primary" where it had "master" before. */
  primaryInLabel: 140000,
  /** idle_session_timeout and client_connection_check_interval. */
  sessionTimeouts: 140000,
  /** pg_backup_start() and pg_backup_stop(), which had other names before. */
  backupStartFunction: 150000,
  /** Replication commands take a parenthesized option list. */
  parenthesizedOptions: 150000,
  /** The reply to BASE_BACKUP contains archive names, progress and trailer blocks. */
  taggedCopy: 150000,
  /** The server compresses backups, and can send them elsewhere than to the client. */
  serverCompression: 150000,
  /** READ_REPLICATION_SLOT. */
  readReplicationSlot: 150000,
  incrementalBackup: 170000,
  /** The manifest has the system identifier in it, and is of version 2. */
  manifestIdentifier: 170000,
  /** The server keeps summaries of WAL in pg_wal/summaries. */
  walSummaries: 170000,
  /** The lower half of an LSN is written with all its zeros. */
  paddedLsn: 190000,
} as const;

/** A major version as a server version. */
export function serverVersion(major: number): number {
  return major * 10000;
}
