/**
 * Reads global/pg_control, 8192 bytes of which the first three hundred count: what a cluster is, by its identifier and
 * the sizes of its blocks and segments. The layout is ControlFileData in src/include/catalog/pg_control.h; what differs
 * in it from version to version stands in versions.ts. All is in the byte order of the server, which is little-endian
 * wherever it matters.
 */

import { crc32c } from '../crc/crc32c.ts';
import { BackupError } from '../errors/backup-error.ts';
import type { Lsn } from './lsn.ts';
import { NewerVersionError } from './newer.ts';
import { controlFormat, NEWEST_CONTROL, NEWEST_MAJOR, OLDEST_MAJOR } from './versions.ts';

/** The size that the file always has (PG_CONTROL_FILE_SIZE). */
export const CONTROL_FILE_BYTES = 8192;

/** The states of a cluster by their numbers (enum DBState), in the words of pg_controldata. */
const CLUSTER_STATES = [
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
  /** The major versions of PostgreSQL that write this format. */
  readonly versions: readonly number[];
  /** Part of the name of the directory that a tablespace has for the server's version. */
  readonly catalogVersion: number;
  readonly state: ClusterState;
  /** The last checkpoint: its record, where replay begins from it, and on which timeline. */
  readonly checkpoint: { readonly lsn: Lsn; readonly redo: Lsn; readonly timeline: number };
  /** How far a standby must replay WAL to be consistent; zero on a primary. */
  readonly minRecovery: { readonly lsn: Lsn; readonly timeline: number };
  readonly blockBytes: number;
  /** Blocks in a full segment of a relation. */
  readonly segmentBlocks: number;
  readonly walSegmentBytes: number;
  /** 0 if pages have no checksums, 1 if they have, 2 or 3 while that is being switched off or on. */
  readonly dataChecksumVersion: number;
  /** Whether servers of this version can switch data checksums while they run. */
  readonly switchesChecksums: boolean;
}

/** Offsets of the fields that are at the same offset in all versions. */
const AT = {
  systemIdentifier: 0,
  /** The version of the format: 1300 for PostgreSQL 13 to 16, then 1700, 1800 and 1905. */
  controlVersion: 8,
  catalogVersion: 12,
  state: 16,
  checkpoint: 32,
  redo: 40,
  timeline: 48,
} as const;

/** No version has more contents, which a sector is to hold (PG_CONTROL_MAX_SAFE_SIZE). */
const MAX_CONTENTS_BYTES = 512;
/** Each version has more than this before its CRC. */
const MIN_CONTENTS_BYTES = 256;

/** Reads the file. Throws BackupError if it is damaged, NewerVersionError if it is sound but of a newer version. */
export function parseControlFile(bytes: Buffer): ControlFile {
  if (bytes.length !== CONTROL_FILE_BYTES)
    throw damaged(`It has ${bytes.length} bytes in place of ${CONTROL_FILE_BYTES}.`);
  const controlVersion = bytes.readUInt32LE(AT.controlVersion);
  const format = controlFormat(controlVersion);
  if (format === undefined) throw unknownVersion(bytes, controlVersion);
  const { layout } = format;
  checkCrc(bytes, layout.crc);
  const stateNumber = bytes.readUInt32LE(AT.state);
  const state = CLUSTER_STATES[stateNumber];
  if (state === undefined) throw damaged(`It has an unrecognized state, ${stateNumber}.`);
  return {
    systemIdentifier: bytes.readBigUInt64LE(AT.systemIdentifier),
    versions: format.majors,
    catalogVersion: bytes.readUInt32LE(AT.catalogVersion),
    state,
    checkpoint: {
      lsn: bytes.readBigUInt64LE(AT.checkpoint),
      redo: bytes.readBigUInt64LE(AT.redo),
      timeline: bytes.readUInt32LE(AT.timeline),
    },
    minRecovery: {
      lsn: bytes.readBigUInt64LE(layout.minRecovery),
      timeline: bytes.readUInt32LE(layout.minRecovery + 8),
    },
    blockBytes: bytes.readUInt32LE(layout.blockBytes),
    segmentBlocks: bytes.readUInt32LE(layout.segmentBlocks),
    walSegmentBytes: bytes.readUInt32LE(layout.walSegmentBytes),
    dataChecksumVersion: bytes.readUInt32LE(layout.dataChecksumVersion),
    switchesChecksums: format.switchesChecksums,
  };
}

/** Whether a server was stopped in good order, so that it can start again from its files alone. */
export function isCleanlyStopped({ state }: ControlFile): boolean {
  return state === 'shut down' || state === 'shut down in recovery';
}

function unknownVersion(bytes: Buffer, version: number): Error {
  if (version > NEWEST_CONTROL && hasCrcSomewhere(bytes))
    return new NewerVersionError('"global/pg_control"', `control file version ${version}`, NEWEST_CONTROL);
  return damaged(
    `Its version number is ${version}, which no server from ${OLDEST_MAJOR} to ${NEWEST_MAJOR} writes.`,
  );
}

/** In all versions the contents end with their CRC, so a matching CRC anywhere shows that the file is sound. */
function hasCrcSomewhere(bytes: Buffer): boolean {
  for (let at = MIN_CONTENTS_BYTES; at < MAX_CONTENTS_BYTES; at += 4)
    if (crc32c(bytes.subarray(0, at)) === bytes.readUInt32LE(at)) return true;
  return false;
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
