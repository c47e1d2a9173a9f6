/**
 * Which version of the server brought what bb makes use of: numbers as in libpq's PQserverVersion, 150000 for 15.0. What
 * versions write into files is in versions.ts.
 */

import { OLDEST_MAJOR } from './versions.ts';

/** The first server version with a feature. */
export const SINCE = {
  /** The oldest version that bb works with, which brought the backup manifest. */
  bb: OLDEST_MAJOR * 10000,
  /** Backslashes before newlines, carriage returns and backslashes in tablespace_map. */
  escapedTablespaceMap: 140000,
  /** Replication commands take a parenthesized option list. */
  parenthesizedOptions: 150000,
  /** The reply to BASE_BACKUP has archive names, progress and trailer blocks in it. */
  taggedCopy: 150000,
  /** The server compresses backups, and can send them elsewhere than to the client. */
  serverCompression: 150000,
  /** READ_REPLICATION_SLOT. */
  readReplicationSlot: 150000,
  incrementalBackup: 170000,
} as const;

/** A major version as a server version. */
export function serverVersion(major: number): number {
  return major * 10000;
}
