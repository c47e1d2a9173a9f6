/**
 * Reads global/pg_control, 8192 bytes of which the first three hundred count: what a cluster is (its identifier,
 * versions, block and segment sizes), and where its last checkpoint lies. The layout is ControlFileData in
 * src/include/catalog/pg_control.h; up to the CRC it is the same in PostgreSQL 13 to 18 except for one flag,
 * which 18 has before the nonce. All in the byte order of the server, which is little-endian wherever it matters.
 */

import { BackupError } from '../backup/error.ts';
import type { Lsn } from '../backup/lsn.ts';
import { crc32c } from '../crc/crc32c.ts';

/** The size that the file always has (PG_CONTROL_FILE_SIZE). */
export const CONTROL_FILE_BYTES = 8192;

/** The states of a cluster, in the order of enum DBState and in the words of pg_controldata. */
export const CLUSTER_STATES = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const;
export type ClusterState = (typeof CLUSTER_STATES)[number];

/** What pg_control says of a cluster. */
export interface ControlFile {
  readonly systemIdentifier: bigint;
  /** The version of this file's format: 1300 for PostgreSQL 13 to 16, then 1700 and 1800. */
  readonly controlVersion: number;
  /** The major versions of PostgreSQL that have it. */
  readonly versions: readonly number[];
  readonly catalogVersion: number;
  readonly state: ClusterState;
  readonly checkpoint: Checkpoint;
  readonly blockBytes: number;
  /** Blocks in a full segment of a relation. */
  readonly segmentBlocks: number;
  readonly walBlockBytes: number;
  readonly walSegmentBytes: number;
  /** 0 if pages have no checksums. */
  readonly dataChecksumVersion: number;
}

/** The last checkpoint. */
export interface Checkpoint {
  /** Where its record is. */
  readonly location: Lsn;
  /** From where WAL must be replayed. */
  readonly redo: Lsn;
  readonly timeline: number;
}

/** Where fields are, in bytes from the beginning. */
const AT = {
  systemIdentifier: 0,
  controlVersion: 8,
  catalogVersion: 12,
  state: 16,
  checkpoint: 32,
  redo: 40,
  timeline: 48,
  blockBytes: 216,
  segmentBlocks: 220,
  walBlockBytes: 224,
  walSegmentBytes: 228,
  dataChecksumVersion: 252,
} as const;

/** By the format's version: where the CRC is, and so where what it covers ends; the servers that write it. */
const FORMATS: Readonly<Record<number, { readonly crcAt: number; readonly versions: readonly number[] }>> = {
  1300: { crcAt: 288, versions: [13, 14, 15, 16] },
  1700: { crcAt: 288, versions: [17] },
  1800: { crcAt: 292, versions: [18] },
};

/** Reads the file. Throws BackupError if it is damaged, or of a version that is not known. */
export function parseControlFile(bytes: Buffer): ControlFile {
  if (bytes.length !== CONTROL_FILE_BYTES)
    throw damaged(`It has ${bytes.length} bytes in place of ${CONTROL_FILE_BYTES}.`);
  const controlVersion = bytes.readUInt32LE(AT.controlVersion);
  const format = FORMATS[controlVersion];
  if (format === undefined)
    throw damaged(`Its version number is ${controlVersion}, which no server from 13 to 18 writes.`);
  checkCrc(bytes, format.crcAt);
  const state = CLUSTER_STATES[bytes.readUInt32LE(AT.state)];
  if (state === undefined) throw damaged(`It has an unrecognized state, ${bytes.readUInt32LE(AT.state)}.`);
  return {
    systemIdentifier: bytes.readBigUInt64LE(AT.systemIdentifier),
    controlVersion,
    versions: format.versions,
    catalogVersion: bytes.readUInt32LE(AT.catalogVersion),
    state,
    checkpoint: {
      location: bytes.readBigUInt64LE(AT.checkpoint),
      redo: bytes.readBigUInt64LE(AT.redo),
      timeline: bytes.readUInt32LE(AT.timeline),
    },
    blockBytes: bytes.readUInt32LE(AT.blockBytes),
    segmentBlocks: bytes.readUInt32LE(AT.segmentBlocks),
    walBlockBytes: bytes.readUInt32LE(AT.walBlockBytes),
    walSegmentBytes: bytes.readUInt32LE(AT.walSegmentBytes),
    dataChecksumVersion: bytes.readUInt32LE(AT.dataChecksumVersion),
  };
}

function checkCrc(bytes: Buffer, crcAt: number): void {
  const expected = bytes.readUInt32LE(crcAt);
  const found = crc32c(bytes.subarray(0, crcAt));
  if (expected !== found)
    throw damaged(`It says that its CRC is ${hex8(expected)}, but it is ${hex8(found)}.`);
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function damaged(detail: string): BackupError {
  return new BackupError('invalid control file "global/pg_control"', { detail });
}
