/**
 * The session in which a running server is put into backup mode and taken out of it again (manual, "Making a Base Backup
 * Using the Low Level API"). Backup mode lasts no longer than the session: whatever ends it, be it our death, aborts the
 * backup at the server too. So the session is watched, and its loss is told at once.
 */

import { TroubleError } from '../../errors/trouble.ts';
import type { Connection, Row } from '../../libpq/connect/connection.ts';
import { asTrouble } from '../../libpq/connect/connection-failure.ts';
import { SINCE } from '../../postgres/features.ts';
import { type Lsn, parseLsn } from '../../postgres/lsn.ts';
import type { Messages } from '../../terminal/messages.ts';

/** How the server answers when the backup begins. */
export interface BackupBegun {
  readonly start: Lsn;
  readonly inRecovery: boolean;
  /** Its clock before and after that, in seconds since 1970, and the latter as the server's log would write it. */
  readonly before: number;
  readonly after: number;
  readonly afterText: string;
}

/** How it answers when the backup ends. */
export interface BackupEnded {
  readonly stop: Lsn;
  readonly label: string;
  readonly tablespaceMap: string;
}

const LOST = 'connection to server was lost during the backup';
/**
 * Nothing may end the session while it waits; text comes as the server has it; times are written in the zone of the log,
 * with the name of the zone.
 */
const SETTINGS = [
  "SET search_path = 'pg_catalog'",
  "SET client_encoding = 'SQL_ASCII'",
  'SET standard_conforming_strings = on',
  'SET statement_timeout = 0',
  "SET DateStyle = 'SQL, MDY'",
  "SELECT set_config('TimeZone', current_setting('log_timezone'), false)",
];
const SETTINGS_SINCE_14 = ['SET idle_session_timeout = 0'];
/**
 * Has the server look whether we are still there while it waits for a checkpoint or for archiving. Not all systems can
 * do that.
 */
const CHECK_CONNECTION = "SET client_connection_check_interval = '1s'";

/** One session. Whoever opens it must close it. */
export class BackupSession {
  readonly #connection: Connection;
  readonly #signal: AbortSignal;
  #closing = false;

  /** `lost` is called at most once, when the session ends although nobody has closed it. */
  constructor(connection: Connection, signal: AbortSignal, lost: (error: TroubleError) => void) {
    this.#connection = connection;
    this.#signal = signal;
    connection.onLoss((error) => {
      if (!this.#closing) lost(asTrouble(LOST, error));
      this.#closing = true;
    });
  }

  /** The server's version, as it writes it. */
  get version(): string {
    return this.#connection.serverVersion.text;
  }

  get processId(): number {
    return this.#connection.processId;
  }

  /** Makes the settings. */
  async prepare(): Promise<void> {
    const act = 'could not prepare session';
    for (const sql of SETTINGS) await this.#ask(sql, act);
    if (this.#connection.serverVersion.number < SINCE.sessionTimeouts) return;
    for (const sql of SETTINGS_SINCE_14) await this.#ask(sql, act);
    await this.#ask(CHECK_CONNECTION, act).catch(() => {});
  }

  /** The system identifier, and the data directory if the user may know it. */
  async identity(): Promise<{
    readonly systemIdentifier: string;
    readonly dataDirectory: string | undefined;
  }> {
    const sql = `SELECT system_identifier,
      (SELECT setting FROM pg_settings WHERE name = 'data_directory') FROM pg_control_system()`;
    const [systemIdentifier, dataDirectory] = await this.#askOne(sql, 'could not identify server');
    return { systemIdentifier: systemIdentifier ?? '', dataDirectory: dataDirectory ?? undefined };
  }

  /** Keeps WAL from now on, as long as the session lasts. */
  async keepWal(messages: Messages): Promise<void> {
    const name = `bb_stream_${this.processId}`;
    const sql = `SELECT pg_create_physical_replication_slot('${name}', true, true)`;
    await this.#ask(sql, 'could not create temporary replication slot');
    messages.info(`created temporary replication slot "${name}"`);
  }

  /** Puts the server into backup mode; returns when the checkpoint is there. */
  async start(label: string, fast: boolean): Promise<BackupBegun> {
    const call = this.#isOld
      ? `pg_start_backup(${quote(label)}, ${fast}, false)`
      : `pg_backup_start(${quote(label)}, ${fast})`;
    const sql = `SELECT start, recovery, extract(epoch FROM before), extract(epoch FROM after), date_trunc('second', after)
      FROM (SELECT clock_timestamp() AS before, ${call} AS start, clock_timestamp() AS after,
                   pg_is_in_recovery() AS recovery OFFSET 0) AS begun`;
    const [start, recovery, before, after, afterText] = await this.#askOne(sql, 'could not start backup');
    return {
      start: lsnOf(start),
      inRecovery: recovery === 't',
      before: Number(before),
      after: Number(after),
      afterText: asInLog(afterText ?? ''),
    };
  }

  /** Takes the server out of backup mode; waits until the WAL is archived if that is wanted. */
  async stop(wait: boolean): Promise<BackupEnded> {
    const call = this.#isOld ? `pg_stop_backup(false, ${wait})` : `pg_backup_stop(${wait})`;
    const sql = `SELECT lsn, labelfile, spcmapfile FROM ${call}`;
    const [lsn, label, tablespaceMap] = await this.#askOne(sql, 'could not stop backup');
    return { stop: lsnOf(lsn), label: label ?? '', tablespaceMap: tablespaceMap ?? '' };
  }

  /** Ends the session, and with it backup mode and the slot. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#connection.close();
  }

  get #isOld(): boolean {
    return this.#connection.serverVersion.number < SINCE.backupStartFunction;
  }

  async #askOne(sql: string, act: string): Promise<Row> {
    const [row] = await this.#ask(sql, act);
    if (row === undefined) throw new TroubleError(`${act}: server sent no row`);
    return row;
  }

  /** A server that is busy does not see that we have gone; it is asked to give up. */
  async #ask(sql: string, act: string): Promise<Row[]> {
    const cancel = () => void this.#connection.cancel().catch(() => {});
    this.#signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#connection.query(sql, act);
    } finally {
      this.#signal.removeEventListener('abort', cancel);
    }
  }
}

function lsnOf(text: string | null | undefined): Lsn {
  const lsn = parseLsn(text ?? '');
  if (lsn === undefined) throw new TroubleError(`server sent an invalid WAL position: "${text}"`);
  return lsn;
}

/** "11/28/2026 13:55:17 UTC" as "2026-11-28 13:55:17 UTC". */
function asInLog(text: string): string {
  return text.replace(/^(\d+)\/(\d+)\/(\d+) /, '$3-$1-$2 ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
