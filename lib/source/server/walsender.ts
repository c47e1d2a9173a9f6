/**
 * A backup from a server over the replication protocol: parameters of the server as ParameterStatus, then its reply to
 * BASE_BACKUP. Servers from version 15 on send the stream in its final form; the reply of versions 13 and 14 is
 * translated (legacy.ts).
 *
 * If the consumer of the frames leaves before the end, the command is cancelled at the server.
 */

import { serialize } from 'pg-protocol';
import { BackupError } from '../../errors/backup-error.ts';
import { systemErrorText } from '../../errors/system-error.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { readBulk } from '../../io/bulk-socket.ts';
import type { Connection } from '../../libpq/connect/connection.ts';
import { ServerError } from '../../libpq/connect/server-error.ts';
import {
  type BaseBackupOptions,
  baseBackup,
  IDENTITY_COLUMNS,
  identifySystem,
  show,
} from '../../libpq/replication/commands.ts';
import { SINCE } from '../../postgres/features.ts';
import { isSegmentSize } from '../../postgres/wal-segment.ts';
import { AbortError } from '../../stream/abort.ts';
import { CUT_SHORT, decode } from '../../stream/decode.ts';
import type { Frame } from '../../stream/frame.ts';
import { InterruptedError } from '../../terminal/signals.ts';
import { LegacyTranslator } from './legacy.ts';
import { uploadManifestFile } from './old-manifest.ts';
import { ReplySize } from './reply-size.ts';

/** SQLSTATE data_corrupted: pages whose checksums did not match while they were read. */
const DATA_CORRUPTED = 'XX001';
const MEMORY_UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

/**
 * Takes a base backup over the connection, which can then only be closed; `signal` ends the wait for the server. Throws
 * ServerError if the server refuses, TroubleError if the connection is lost, BackupError if the server finds its own
 * data corrupted.
 */
export async function* walsender(
  connection: Connection,
  options: BaseBackupOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const parameters = await readParameters(connection);
  for (const [name, value] of parameters) yield { type: 'parameter', name, value };
  const command = baseBackup(options, connection.serverVersion.number);
  if (options.incremental !== undefined) await uploadManifestFile(connection, options.incremental, signal);
  const translator = connection.serverVersion.number < SINCE.taggedCopy ? new LegacyTranslator() : undefined;
  const chunks = readBulk(connection.takeSocket(), signal);
  connection.send(serialize.query(command));
  const reply = new ReplySize();
  let ended = false;
  try {
    for await (const frame of decode(chunks, { translator, parameters })) {
      reply.count(frame);
      yield frame;
      ended = frame.type === 'end';
      if (ended) return; // ReadyForQuery, which comes next, is no part of the backup.
    }
  } catch (error) {
    throw explain(error);
  } finally {
    // If the server cannot be asked, it will notice when the connection closes.
    if (!ended) await connection.cancel().catch(() => {});
  }
}

/** Parameters of the server, under the names that they have in the stream. */
async function readParameters(connection: Connection): Promise<ReadonlyMap<string, string>> {
  const [systemIdentifier] = await connection.queryRow(identifySystem(), IDENTITY_COLUMNS);
  return new Map(
    Object.entries({
      server_version: connection.serverVersion.text,
      system_identifier: systemIdentifier ?? '',
      block_size: await setting(connection, 'block_size'),
      wal_segment_size: inBytes(await setting(connection, 'wal_segment_size')),
      data_checksums: await setting(connection, 'data_checksums'),
    }),
  );
}

async function setting(connection: Connection, name: string): Promise<string> {
  const [value] = await connection.queryRow(show(name), 1);
  return value ?? '';
}

/** "16MB" as a number of bytes. Throws for a size that no WAL segment has (RetrieveWalSegSize() in streamutil.c). */
function inBytes(size: string): string {
  const [, digits = '', unit = 'B'] = /^(\d+)(B|kB|MB|GB)?$/.exec(size) ?? [];
  const bytes = Number(digits) * (MEMORY_UNITS[unit] ?? 1);
  if (!isSegmentSize(bytes)) throw new TroubleError(`server reported invalid WAL segment size "${size}"`);
  return String(bytes);
}

/** What a failure of the stream means here, where the stream comes directly from the server. */
function explain(error: unknown): unknown {
  if (error instanceof AbortError) {
    if (error.report.code !== DATA_CORRUPTED)
      return new ServerError('could not take base backup', error.report, error);
    const { detail, hint } = error.report;
    return new BackupError(`server found corrupted data: ${error.report.message}`, {
      ...(detail === undefined ? {} : { detail }),
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
  if (error instanceof InterruptedError || error instanceof TroubleError) return error;
  return new TroubleError(`connection to server was lost during the backup: ${reasonOf(error)}`, {
    ...(error instanceof BackupError &&
      !isCut(error) &&
      error.detail !== undefined && { detail: error.detail }),
    cause: error,
  });
}

/** For a connection that just ends, libpq's words; for a malformed reply, the complaint about it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof BackupError)) return systemErrorText(error);
  return isCut(error) ? 'server closed the connection unexpectedly' : error.message;
}

function isCut({ message }: BackupError): boolean {
  return message === CUT_SHORT;
}
