/**
 * The contents of a backup manifest as typed values, and the listener for them while it is read (parse.ts). See the
 * manual, "Backup Manifest Format".
 */

import type { Lsn } from '../postgres/lsn.ts';
import type { ChecksumAlgorithm } from './checksum.ts';

/** A file of the backup. There may be a million of these, so it is kept small. */
export interface ManifestFile {
  /** Relative to the data directory; bytes that are not UTF-8 are decoded as in lib/io/file-name.ts. */
  readonly path: string;
  readonly size: number;
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hexadecimal digits; empty if the manifest has no checksum for the file. */
  readonly checksum: string;
}

/** A part of the WAL that is needed to make the backup consistent. */
export interface WalRange {
  readonly timeline: number;
  readonly start: Lsn;
  readonly end: Lsn;
}

/** Hears of the contents of a manifest, in their order. An error that a method throws ends the reading. */
export interface ManifestListener {
  version(version: number): void;
  /** In manifests of version 2 (PostgreSQL 17 and later). */
  systemIdentifier(identifier: bigint): void;
  file(file: ManifestFile): void;
  walRange(range: WalRange): void;
}
