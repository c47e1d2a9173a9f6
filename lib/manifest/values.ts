/**
 * What a backup manifest says, in typed values, and who is told of it while it is read (parse.ts). See the
 * manual, "Backup Manifest Format".
 */

import type { Lsn } from '../postgres/lsn.ts';
import type { ChecksumAlgorithm } from './checksum.ts';

/** A file of the backup. There may be a million of these, so it is kept small. */
export interface ManifestFile {
  /** Relative to the data directory; bytes that are not UTF-8 are as lib/io/file-name.ts has them. */
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

/** Is told what stands in a manifest, in its order. What a method throws ends the reading. */
export interface ManifestListener {
  version(version: number): void;
  /** Manifests of version 2 have it (PostgreSQL 17 and later). */
  systemIdentifier(identifier: bigint): void;
  file(file: ManifestFile): void;
  walRange(range: WalRange): void;
}
