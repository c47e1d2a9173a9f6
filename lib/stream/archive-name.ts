/**
 * Names of the archives in a backup. The server calls them base.tar and OID.tar and adds the suffix of its
 * compression (src/backend/backup/basebackup_{gzip,lz4,zstd}.c); pg_wal.tar is the client's own
 * (src/bin/pg_basebackup). No other name is accepted, so an archive name is always safe as a file name.
 */

import { COMPRESSION_SUFFIX, type Compression } from '../compress/method.ts';
import { MAX_OID } from '../postgres/limits.ts';

/** What an archive holds: the data directory, one tablespace, or WAL streamed beside the backup. */
export interface ArchiveName {
  readonly kind: 'base' | 'tablespace' | 'wal';
  /** The tablespace's OID, where kind is 'tablespace'. */
  readonly oid?: number;
  readonly compression?: Compression;
}

/** The archive of the data directory, as long as it is not compressed. */
export const BASE_ARCHIVE = 'base.tar';

/** What the manifest is called as a file, beside the archives or in the data directory. */
export const MANIFEST = 'backup_manifest';

const ARCHIVE_NAME = /^(base|pg_wal|[1-9][0-9]{0,9})\.tar(\.gz|\.lz4|\.zst)?$/;

/** Reads an archive's name; undefined for a name that no server and no tool gives. */
export function parseArchiveName(name: string): ArchiveName | undefined {
  const match = ARCHIVE_NAME.exec(name);
  if (match === null) return undefined;
  const [, stem = '', suffix] = match;
  const compression = compressionOf(suffix);
  const rest = compression === undefined ? {} : { compression };
  if (stem === 'base') return { kind: 'base', ...rest };
  if (stem === 'pg_wal') return { kind: 'wal', ...rest };
  const oid = Number(stem);
  return oid <= MAX_OID ? { kind: 'tablespace', oid, ...rest } : undefined;
}

/** What makes the path of a member one in the data directory, as in the manifest. */
export function memberPrefix({ kind, oid }: ArchiveName): string {
  if (kind === 'base') return '';
  return kind === 'wal' ? 'pg_wal/' : `pg_tblspc/${oid}/`;
}

function compressionOf(suffix: string | undefined): Compression | undefined {
  const methods: readonly Compression[] = ['gzip', 'lz4', 'zstd'];
  return methods.find((method) => COMPRESSION_SUFFIX[method] === suffix);
}

/** Whether the name is that of a file in an archive, rather than of an archive or the manifest. */
export function isFilePart(name: string): boolean {
  return name !== MANIFEST && parseArchiveName(name) === undefined;
}
