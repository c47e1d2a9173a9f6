/**
 * The file backup_label in a base backup, from which recovery learns where to begin: lines of a name, a colon and
 * a value, as build_backup_content() in src/backend/access/transam/xlogbackup.c writes them.
 */

import { BackupError } from '../errors/backup-error.ts';
import { BACKUP_LABEL } from './data-directory.ts';
import { SINCE, serverVersion } from './features.ts';
import { formatLsn, formatPaddedLsn, type Lsn, parseLsn } from './lsn.ts';
import { segmentName } from './wal-segment.ts';

/** What the label says of the backup's beginning. */
export interface BackupLabel {
  readonly start: Lsn;
  readonly timeline: number;
  /** As written, in the time zone of the server's log: "2026-11-22 17:00:00 CET". */
  readonly startTime?: string | undefined;
  /** Whether it is of no use without earlier backups. */
  readonly incremental?: boolean;
  /** Where the backup starts that this one builds upon; undefined for one that needs no other. */
  readonly previous?: { readonly start: Lsn; readonly timeline: number } | undefined;
}

const START = /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+) \(file [0-9A-F]{24}\)$/m;
const START_TIME = /^START TIME: (.+)$/m;
const TIMELINE = /^START TIMELINE: ([1-9][0-9]{0,9})$/m;
const FROM_LSN = /^INCREMENTAL FROM LSN: (.*)$/m;
const FROM_TIMELINE = /^INCREMENTAL FROM TLI: (.*)$/m;
const FROM_LINES = /^INCREMENTAL FROM (?:LSN|TLI): .*\n/gm;

/** All that the server writes into the label of a backup that builds upon no other. */
export interface LabelFacts {
  readonly major: number;
  readonly start: Lsn;
  readonly checkpoint: Lsn;
  readonly timeline: number;
  readonly walSegmentBytes: number;
  readonly fromStandby: boolean;
  readonly startTime: string;
  readonly label: string;
}

/** The file's contents, as build_backup_content() makes them. */
export function formatBackupLabel(facts: LabelFacts): string {
  const version = serverVersion(facts.major);
  const format = version >= SINCE.paddedLsn ? formatPaddedLsn : formatLsn;
  const primary = version >= SINCE.primaryInLabel ? 'primary' : 'master';
  const segment = segmentName(facts.timeline, facts.start, facts.walSegmentBytes);
  const lines = [
    `START WAL LOCATION: ${format(facts.start)} (file ${segment})`,
    `CHECKPOINT LOCATION: ${format(facts.checkpoint)}`,
    'BACKUP METHOD: streamed',
    `BACKUP FROM: ${facts.fromStandby ? 'standby' : primary}`,
    `START TIME: ${facts.startTime}`,
    `LABEL: ${facts.label}`,
    `START TIMELINE: ${facts.timeline}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Reads the file's contents. Throws BackupError where PostgreSQL would refuse them. */
export function parseBackupLabel(bytes: Buffer): BackupLabel {
  const text = bytes.toString('latin1');
  const start = parseLsn(START.exec(text)?.[1] ?? '');
  const timeline = TIMELINE.exec(text)?.[1];
  if (start === undefined || timeline === undefined)
    throw new BackupError(`invalid data in file "${BACKUP_LABEL}"`, {
      detail: 'It does not say where the backup starts.',
    });
  const previous = parsePrevious(FROM_LSN.exec(text)?.[1], FROM_TIMELINE.exec(text)?.[1]);
  return {
    start,
    timeline: Number(timeline),
    startTime: START_TIME.exec(text)?.[1],
    incremental: previous !== undefined,
    previous,
  };
}

/** Whether the label, of which perhaps only the beginning is there, is that of an incremental backup. */
export function isIncrementalLabel(text: string): boolean {
  return FROM_LSN.test(text);
}

/** The contents for a backup that builds upon no other any more. */
export function withoutPrevious(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(FROM_LINES, ''), 'latin1');
}

function parsePrevious(lsn: string | undefined, timeline: string | undefined): BackupLabel['previous'] {
  if (lsn === undefined && timeline === undefined) return undefined;
  const start = parseLsn(lsn ?? '');
  if (start === undefined || !/^[1-9][0-9]{0,9}$/.test(timeline ?? ''))
    throw new BackupError(`invalid data in file "${BACKUP_LABEL}"`, {
      detail: 'It does not say where the backup starts that it builds upon.',
    });
  return { start, timeline: Number(timeline) };
}
