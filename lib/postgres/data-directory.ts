/** Names in a data directory: paths of files and directories, relative to it, as the server's source has them. */

/** From where recovery learns where to begin; also the first member of base.tar. */
export const BACKUP_LABEL = 'backup_label';

/** From where recovery learns which links to make in pg_tblspc. */
export const TABLESPACE_MAP = 'tablespace_map';

/** The control file, without which no server starts. */
export const CONTROL_FILE = 'global/pg_control';

/** The major version. There is a file of this name for each database too. */
export const VERSION_FILE = 'PG_VERSION';

/** Written by a running server, with its PID in the first line. */
export const LOCK_FILE = 'postmaster.pid';

/** Written by each start of a server. */
export const START_OPTIONS_FILE = 'postmaster.opts';

/** The segments of write-ahead log, and timeline history files. */
export const WAL_DIRECTORY = 'pg_wal';

/** One link or directory for each tablespace, by its OID. */
export const TABLESPACES_DIRECTORY = 'pg_tblspc';

/** The configuration that the server reads last, and itself writes. */
export const AUTO_CONFIGURATION_FILE = 'postgresql.auto.conf';

/** Makes a server recover as a standby. */
export const STANDBY_SIGNAL = 'standby.signal';

/** Makes a server recover from an archive. */
export const RECOVERY_SIGNAL = 'recovery.signal';

/** The directory that a tablespace has for each version of the server that uses it (GetDatabasePath() in relpath.c). */
export function tablespaceVersionDirectory(major: number, catalogVersion: number): string {
  return `PG_${major}_${catalogVersion}`;
}
