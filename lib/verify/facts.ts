/**
 * What a backup says of itself in a few small files, and whether they and the manifest are of one mind: global/pg_control,
 * backup_label, tablespace_map and PG_VERSION. How the files are read is the caller's affair.
 */

import { BACKUP_LABEL, type BackupLabel, parseBackupLabel } from '../backup/backup-label.ts';
import { BackupError } from '../backup/error.ts';
import { formatLsn, type Lsn } from '../backup/lsn.ts';
import { parseTablespaceMap, TABLESPACE_MAP, type TablespaceMap } from '../backup/tablespace-map.ts';
import type { WalRange } from '../manifest/contents.ts';
import { type ControlFile, parseControlFile } from '../page/pg-control.ts';
import type { Check } from './findings.ts';
import type { Manifest } from './manifest.ts';
import type { Verification } from './verification.ts';

export const CONTROL_FILE = 'global/pg_control';
const VERSION_FILE = 'PG_VERSION';

/** The files, none of which is large. */
export const FACT_FILES: readonly string[] = [CONTROL_FILE, BACKUP_LABEL, TABLESPACE_MAP, VERSION_FILE];

/** What they say; undefined where there is no such file, or it is damaged. */
export interface Facts {
  readonly control: ControlFile | undefined;
  readonly label: BackupLabel | undefined;
  readonly tablespaces: TablespaceMap | undefined;
  /** The major version of the server. */
  readonly version: number | undefined;
}

/** Reads the files that there are, by their paths. Damage is a finding. */
export function readFacts(files: ReadonlyMap<string, Buffer>, verification: Verification): Facts {
  const read = <Fact>(path: string, check: Check, parse: (bytes: Buffer) => Fact): Fact | undefined => {
    const bytes = files.get(path);
    if (bytes === undefined) return undefined;
    try {
      return parse(bytes);
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      verification.findings.addError(check, error);
      return undefined;
    }
  };
  return {
    control: read(CONTROL_FILE, 'control file', parseControlFile),
    label: read(BACKUP_LABEL, 'label', parseBackupLabel),
    tablespaces: read(TABLESPACE_MAP, 'tablespace', parseTablespaceMap),
    version: Number.parseInt(files.get(VERSION_FILE)?.toString() ?? '', 10) || undefined,
  };
}

/** Compares the files with the manifest. */
export function checkFacts({ control, label }: Facts, manifest: Manifest, verification: Verification): void {
  if (control === undefined) {
    verification.account.skip(CONTROL_FILE, 'it is not there, or damaged');
  } else {
    verification.account.parts.push(CONTROL_FILE);
    checkIdentifier(control, manifest, verification);
  }
  if (label === undefined) reportNoLabel(manifest, verification);
  else {
    verification.account.parts.push(BACKUP_LABEL);
    checkStart(label, manifest.ranges, verification);
  }
}

/** The first position that the backup needs: the label's, or what the manifest says in its place. */
export function backupStart({ label }: Facts, ranges: readonly WalRange[]): Lsn | undefined {
  if (label !== undefined) return label.start;
  return ranges.map(({ start }) => start).reduce<Lsn | undefined>(lower, undefined);
}

/** The last position that the manifest names. */
export function backupEnd(ranges: readonly WalRange[]): Lsn | undefined {
  return ranges
    .map(({ end }) => end)
    .reduce<Lsn | undefined>((last, end) => (last === undefined || end > last ? end : last), undefined);
}

function lower(first: Lsn | undefined, start: Lsn): Lsn {
  return first === undefined || start < first ? start : first;
}

function checkIdentifier(control: ControlFile, { identifier }: Manifest, { findings }: Verification): void {
  if (identifier === undefined || identifier === control.systemIdentifier) return;
  findings.add({
    check: 'control file',
    path: CONTROL_FILE,
    message: `${CONTROL_FILE}: manifest system identifier is ${identifier}, but control file has ${control.systemIdentifier}`,
  });
}

function checkStart(label: BackupLabel, ranges: readonly WalRange[], { findings }: Verification): void {
  const matches = ({ timeline, start }: WalRange) => timeline === label.timeline && start === label.start;
  if (ranges.length === 0 || ranges.some(matches)) return;
  findings.add({
    check: 'label',
    path: BACKUP_LABEL,
    message: `"${BACKUP_LABEL}" says that the backup starts at ${formatLsn(label.start)} on timeline ${label.timeline}, but no WAL range of the manifest does`,
  });
}

/** What the manifest has, is missed as a file already. */
function reportNoLabel({ files }: Manifest, { findings, ignore }: Verification): void {
  if (ignore.covers(BACKUP_LABEL) || files.get(BACKUP_LABEL) !== undefined) return;
  findings.add({
    check: 'label',
    path: BACKUP_LABEL,
    message: `"${BACKUP_LABEL}" is neither in the manifest nor in the backup`,
  });
}
