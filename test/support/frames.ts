/**
 * Valid backup streams for tests: as frames, and as bytes, written both by encode() and, independently of it, by the
 * messages of the manual (messages.ts).
 */

import type { Lsn } from '../../lib/postgres/lsn.ts';
import { encode } from '../../lib/stream/encode.ts';
import type { BackupHead, DataFrame, Frame, ListedTablespace, Position } from '../../lib/stream/frame.ts';
import type { Report } from '../../lib/stream/server-report.ts';
import * as messages from './messages.ts';

/** A row of the tablespace list, except that of the data directory. */
export interface Tablespace {
  readonly oid: number;
  readonly location: string;
}

/** The contents of a stream; `copy` is everything between CopyOutResponse and CopyDone. */
export interface Backup {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly start?: Lsn;
  readonly stop?: Lsn;
  readonly timeline?: number;
  readonly tablespaces?: readonly Tablespace[];
  /** The size that the list gives for each tablespace, in kB. */
  readonly kilobytes?: number | null;
  readonly copy: readonly Frame[];
}

/** All frames of a backup, from the parameters to the end. */
export function backupFrames(backup: Backup): Frame[] {
  const { start = 0x2000028n, stop = 0x2000100n, timeline = 1, tablespaces = [], kilobytes = null } = backup;
  const rows = [...tablespaces, { oid: null, location: null }];
  return completed([
    ...Object.entries(backup.parameters ?? {}).map(([name, value]) => parameter(name, value)),
    columns('recptr', 'tli'),
    { type: 'start', lsn: start, timeline },
    { type: 'result-end' },
    columns('spcoid', 'spclocation', 'size'),
    ...rows.map((row): Frame => ({ type: 'tablespace', ...row, kilobytes })),
    { type: 'result-end' },
    { type: 'copy', head: NO_HEAD },
    ...backup.copy,
    { type: 'copy-done' },
    columns('recptr', 'tli'),
    { type: 'stop', lsn: stop, timeline },
    { type: 'result-end' },
    { type: 'end' },
  ]);
}

const NO_HEAD: BackupHead = { parameters: new Map(), start: { lsn: 0n, timeline: 0 }, tablespaces: [] };

/** The frames with all in them that follows from the others: what the head says, what is resumed, and all ends. */
export function completed(frames: readonly Frame[]): Frame[] {
  const parameters = new Map<string, string>();
  const tablespaces: ListedTablespace[] = [];
  let start: Position = NO_HEAD.start;
  let current: Frame[] = [];
  let wal: Frame[] = [];
  const endCurrent = (): Frame[] => current.splice(0);
  return frames.flatMap((frame): Frame[] => {
    switch (frame.type) {
      case 'parameter':
        parameters.set(frame.name, frame.value);
        return [frame];
      case 'start':
        start = { lsn: frame.lsn, timeline: frame.timeline };
        return [frame];
      case 'tablespace':
        tablespaces.push({ oid: frame.oid, location: frame.location, kilobytes: frame.kilobytes });
        return [frame];
      case 'copy':
        return [{ ...frame, head: { parameters: new Map(parameters), start, tablespaces } }];
      case 'archive': {
        const ended = endCurrent();
        const resumed = wal.length > 0 && isWal(frame.name);
        const end: Frame[] = [{ type: 'archive-end', name: frame.name }];
        if (isWal(frame.name)) wal = end;
        else current = end;
        return [...ended, { ...frame, resumed }];
      }
      case 'manifest': {
        const ended = endCurrent();
        current = [{ type: 'manifest-end' }];
        return [...ended, frame];
      }
      case 'copy-done':
      case 'end':
        return [...endCurrent(), ...wal.splice(0), frame];
      case 'archive-end':
      case 'manifest-end':
        return [];
      default:
        return [frame];
    }
  });
}

function isWal(name: string): boolean {
  return name.includes('pg_wal.tar');
}

/** A small backup with every kind of frame: two tablespaces, WAL in three parts, notices, a manifest. */
export function smallBackup(): Frame[] {
  return backupFrames({
    parameters: { server_version: '15.18', system_identifier: '7300000000000000001' },
    tablespaces: [
      { oid: 16384, location: '/srv/fast ts' },
      { oid: 4294967295, location: '/srv/größe=1' },
    ],
    kilobytes: 1234,
    copy: [
      ...archive('16384.tar', '/srv/fast ts', 'tablespace one'),
      progress(14n),
      ...archive('pg_wal.tar', '', 'wal, first'),
      notice('checkpoint took long'),
      ...archive('4294967295.tar', '/srv/größe=1', 'tablespace two'),
      ...archive('pg_wal.tar', '', 'wal, second'),
      ...archive('base.tar', '', 'data', ' directory'),
      { type: 'manifest' },
      data('{ "PostgreSQL-Backup-Manifest-Version": 1 }\n'),
      ...archive('pg_wal.tar', '', 'wal, last'),
      progress(1_000_000_000_000n),
    ],
  });
}

/** The beginning of an archive, or of another part of pg_wal.tar, and its contents. */
export function archive(
  name: string,
  location: string,
  ...contents: readonly (string | Uint8Array)[]
): Frame[] {
  return [{ type: 'archive', name, location, resumed: false }, ...contents.map(data)];
}

export function data(contents: string | Uint8Array): DataFrame {
  const part = Buffer.from(contents);
  return { type: 'data', parts: [part], bytes: part.length };
}

export function parameter(name: string, value: string): Frame {
  return { type: 'parameter', name, value };
}

export function columns(...names: readonly string[]): Frame {
  return { type: 'columns', names };
}

export function progress(bytes: bigint): Frame {
  return { type: 'progress', bytes };
}

export function notice(message: string, more: Partial<Report> = {}): Frame {
  return { type: 'notice', report: { severity: 'NOTICE', code: '00000', message, ...more } };
}

/** The bytes of frames, as bb writes them. */
export function encodeAll(frames: Iterable<Frame>): Buffer {
  return Buffer.concat([...frames].flatMap((frame) => encode(frame)));
}

/** The bytes of frames, as the manual describes them. */
export function spellAll(frames: Iterable<Frame>): Buffer {
  return Buffer.concat([...frames].map(spell));
}

function spell(frame: Frame): Buffer {
  switch (frame.type) {
    case 'parameter':
      return messages.ParameterStatus(frame.name, frame.value);
    case 'columns':
      return messages.RowDescription(...frame.names);
    case 'start':
    case 'stop':
      return messages.DataRow(spellLsn(frame.lsn), `${frame.timeline}`);
    case 'tablespace':
      return messages.DataRow(nullable(frame.oid), frame.location, nullable(frame.kilobytes));
    case 'result-end':
      return messages.CommandComplete('SELECT');
    case 'copy':
      return messages.CopyOutResponse();
    case 'archive':
      return messages.NewArchive(frame.name, frame.location);
    case 'data':
      return messages.Contents(Buffer.concat(frame.parts));
    case 'progress':
      return messages.Progress(frame.bytes);
    case 'manifest':
      return messages.Manifest();
    case 'archive-end':
    case 'manifest-end':
      return Buffer.alloc(0);
    case 'copy-done':
      return messages.CopyDone();
    case 'end':
      return messages.CommandComplete('BASE_BACKUP');
    case 'notice':
      return messages.NoticeResponse(reportFields(frame.report));
  }
}

function spellLsn(lsn: Lsn): string {
  const digits = lsn.toString(16).toUpperCase().padStart(9, '0');
  return `${digits.slice(0, -8)}/${digits.slice(-8).replace(/^0{1,7}/, '')}`;
}

function nullable(value: number | null): string | null {
  return value === null ? null : `${value}`;
}

function reportFields({ severity, code, message, detail, hint }: Report): Record<string, string> {
  return {
    S: severity,
    V: severity,
    C: code,
    M: message,
    ...(detail === undefined ? {} : { D: detail }),
    ...(hint === undefined ? {} : { H: hint }),
  };
}
