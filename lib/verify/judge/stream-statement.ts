/**
 * What a stream says of the backup besides its archives: facts about the server, and where the backup starts and ends.
 * All of it stands in files and in the manifest, too, and must be the same there.
 */

import type { WalRange } from '../../manifest/values.ts';
import { backupEnd } from '../../manifest/wal-ranges.ts';
import type { BackupLabel } from '../../postgres/backup-label.ts';
import { formatLsn, type Lsn } from '../../postgres/lsn.ts';
import type { Position } from '../../stream/frame.ts';
import type { ControlFiles } from '../records/control-files.ts';
import type { StreamStatement } from '../records/found-backup.ts';
import type { Manifest } from '../records/manifest.ts';
import type { Verification } from '../shared/verification.ts';

/** Compares it. */
export function judgeStatement(
  { parameters, start, stop }: StreamStatement,
  files: ControlFiles,
  { identifier, ranges }: Manifest,
  { findings }: Verification,
): void {
  const complaints = [
    ...parameterComplaints(parameters, files, identifier),
    ...(start === undefined ? [] : startComplaints(start, files.label, ranges)),
    ...(stop === undefined ? [] : stopComplaints(stop, ranges)),
  ];
  for (const complaint of complaints)
    findings.add({ check: 'stream', message: `the stream says that ${complaint}` });
}

function* parameterComplaints(
  parameters: StreamStatement['parameters'],
  { control, version }: ControlFiles,
  identifier: bigint | undefined,
): Generator<string> {
  const checksums = control?.dataChecksumVersion === 0 ? 'off' : 'on';
  const comparisons = [
    ['system_identifier', identifier, 'the manifest'],
    ['system_identifier', control?.systemIdentifier, 'the control file'],
    ['block_size', control?.blockBytes, 'the control file'],
    ['wal_segment_size', control?.walSegmentBytes, 'the control file'],
    // Where they can be switched, the server may have said it before that, or after.
    ['data_checksums', control?.switchesChecksums === false ? checksums : undefined, 'the control file'],
  ] as const;
  for (const [name, value, where] of comparisons) {
    const said = parameters.get(name);
    if (said !== undefined && value !== undefined && said !== String(value))
      yield `${name} is ${said}, but ${where} ${value}`;
  }
  const said = Number.parseInt(parameters.get('server_version') ?? '', 10) || version;
  if (version !== undefined && said !== version)
    yield `server_version is ${said}, but "PG_VERSION" ${version}`;
}

function* startComplaints(
  start: Position,
  label: BackupLabel | undefined,
  ranges: readonly WalRange[],
): Generator<string> {
  const fits = (other: { start: Lsn; timeline: number }) =>
    other.start === start.lsn && other.timeline === start.timeline;
  const startsThere = `the backup starts at ${formatPosition(start)}`;
  if (label !== undefined && !fits(label)) yield `${startsThere}, but "backup_label" does not`;
  if (ranges.length > 0 && !ranges.some(fits)) yield `${startsThere}, but the manifest does not`;
}

function* stopComplaints(stop: Position, ranges: readonly WalRange[]): Generator<string> {
  const end = backupEnd(ranges);
  if (end !== undefined && (stop.lsn !== end.end || stop.timeline !== end.timeline))
    yield `the backup ends at ${formatPosition(stop)}, but the manifest does not`;
}

function formatPosition({ lsn, timeline }: Position): string {
  return `${formatLsn(lsn)} on timeline ${timeline}`;
}
