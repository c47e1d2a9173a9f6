/**
 * The replication commands that bb sends, one function a command, each returning the command's text.
 *
 * The manual's chapter "Streaming Replication Protocol" lists them; which options go into BASE_BACKUP, and in
 * which order, is BaseBackup() in pg_basebackup.c. Spelling (quotes, the two option grammars) is
 * command-syntax.ts.
 */

import assert from 'node:assert';
import { TroubleError } from '../../errors/trouble.ts';
import { SINCE } from '../../postgres/features.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import { type CommandOption, formatOptions, quoteSlotName } from './command-syntax.ts';

/** What a base backup is asked to be. */
export interface BaseBackupOptions {
  readonly label: string;
  /** Ask for an estimate of the size before the data. */
  readonly progress: boolean;
  readonly checkpoint: 'fast' | 'spread';
  /** Include the WAL that the backup needs in the base archive. */
  readonly wal: boolean;
  /** Let the server wait until the last WAL segment is archived. */
  readonly wait: boolean;
  /** In kilobytes a second; absent means as fast as it goes. */
  readonly maxRate?: number;
  /** Put links to tablespaces into the file tablespace_map, as an archive that is not unpacked by us needs. */
  readonly tablespaceMap: boolean;
  readonly verifyChecksums: boolean;
  readonly manifest: 'no' | 'yes' | 'force-encode';
  /** The server's default, CRC32C, when absent. */
  readonly manifestChecksums?: string;
  readonly compression?: { readonly method: string; readonly detail?: string };
  /** The file with the manifest of the backup that an incremental one is to build on; it is uploaded before. */
  readonly incremental?: string;
}

/** Asks for the system identifier, the timeline and the current WAL position. */
export function identifySystem(): string {
  return 'IDENTIFY_SYSTEM';
}

/** Columns of the answer: system identifier, timeline, position, database. */
export const IDENTITY_COLUMNS = 4;

/** Asks for the value of a run-time parameter. The scanner has no quoted identifiers here, so names are plain. */
export function show(parameter: string): string {
  assert(/^[a-z_]+(\.[a-z_]+)?$/.test(parameter), `not a parameter name: ${parameter}`);
  return `SHOW ${parameter}`;
}

/**
 * Makes a physical replication slot that keeps WAL from now on, not only from its first use; a temporary one
 * goes with the session.
 */
export function createReplicationSlot(slot: string, temporary: boolean, serverVersion: number): string {
  const kind = temporary ? 'TEMPORARY PHYSICAL' : 'PHYSICAL';
  const options = formatOptions([{ name: 'RESERVE_WAL' }], serverVersion);
  return `CREATE_REPLICATION_SLOT ${quoteSlotName(slot)} ${kind}${options}`;
}

/** Asks for type and position of a slot; a row of NULLs means that there is none. Since version 15. */
export function readReplicationSlot(slot: string): string {
  return `READ_REPLICATION_SLOT ${quoteSlotName(slot)}`;
}

/** Removes a slot. */
export function dropReplicationSlot(slot: string): string {
  return `DROP_REPLICATION_SLOT ${quoteSlotName(slot)}`;
}

/** Starts to send the WAL of a timeline from a position on. */
export function startReplication(lsn: Lsn, timeline: number, slot?: string): string {
  const from = slot === undefined ? '' : ` SLOT ${quoteSlotName(slot)}`;
  return `START_REPLICATION${from} PHYSICAL ${formatLsn(lsn)} TIMELINE ${timeline}`;
}

/** Asks for the history file of a timeline: its name and its contents. */
export function timelineHistory(timeline: number): string {
  return `TIMELINE_HISTORY ${timeline}`;
}

/** Takes the manifest of an earlier backup, as data that we copy in; the INCREMENTAL of BASE_BACKUP refers to it. */
export function uploadManifest(): string {
  return 'UPLOAD_MANIFEST';
}

/** Starts a base backup. Throws when the server is too old for what is asked. */
export function baseBackup(options: BaseBackupOptions, serverVersion: number): string {
  if (options.compression && serverVersion < SINCE.serverCompression) {
    throw new TroubleError('server does not support server-side compression', {
      hint: 'Server-side compression needs PostgreSQL 15 or later.',
    });
  }
  if (options.incremental !== undefined && serverVersion < SINCE.incrementalBackup) {
    throw new TroubleError('server does not support incremental backup', {
      hint: 'Incremental backups need PostgreSQL 17 or later.',
    });
  }
  const list = [
    ...contentOptions(options),
    ...manifestOptions(options),
    ...deliveryOptions(options, serverVersion),
  ];
  return `BASE_BACKUP${formatOptions(list, serverVersion)}`;
}

function* contentOptions(options: BaseBackupOptions): Generator<CommandOption> {
  yield { name: 'LABEL', value: options.label };
  if (options.progress) yield { name: 'PROGRESS' };
  if (options.wal) yield { name: 'WAL' };
  if (options.checkpoint === 'fast') yield { name: 'CHECKPOINT', value: 'fast' };
  if (!options.wait) yield { name: 'WAIT', value: 0 };
  if (options.maxRate !== undefined) yield { name: 'MAX_RATE', value: options.maxRate };
  if (options.tablespaceMap) yield { name: 'TABLESPACE_MAP' };
  if (!options.verifyChecksums) yield { name: 'VERIFY_CHECKSUMS', value: 0 };
  if (options.incremental !== undefined) yield { name: 'INCREMENTAL' };
}

function* manifestOptions(options: BaseBackupOptions): Generator<CommandOption> {
  if (options.manifest === 'no') return;
  yield { name: 'MANIFEST', value: options.manifest };
  if (options.manifestChecksums !== undefined) {
    yield { name: 'MANIFEST_CHECKSUMS', value: options.manifestChecksums };
  }
}

function* deliveryOptions(options: BaseBackupOptions, serverVersion: number): Generator<CommandOption> {
  if (serverVersion >= SINCE.serverCompression) yield { name: 'TARGET', value: 'client' };
  if (!options.compression) return;
  yield { name: 'COMPRESSION', value: options.compression.method };
  if (options.compression.detail !== undefined) {
    yield { name: 'COMPRESSION_DETAIL', value: options.compression.detail };
  }
}
