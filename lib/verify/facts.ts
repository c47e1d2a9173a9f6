/**
 * What a backup says of itself in a few small files, and whether they and the manifest are of one mind: global/pg_control,
 * backup_label, tablespace_map and PG_VERSION. How the files are read is the caller's affair.
 */

import { BACKUP_LABEL, type BackupLabel, parseBackupLabel } from '../backup/backup-label.ts';
import { BackupError } from '../backup/error.ts';
import { formatLsn } from '../backup/lsn.ts';
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

/** Compares the files with each other and with the manifest. */
export function checkFacts(facts: Facts, manifest: Manifest, verification: Verification): void {
  const { control, label } = facts;
  const { account } = verification;
  insistOnFile(CONTROL_FILE, 'control file', control, manifest, verification);
  insistOnFile(BACKUP_LABEL, 'label', label, manifest, verification);
  if (control === undefined) {
    account.skip(CONTROL_FILE, 'it is not there, or damaged');
  } else {
    account.parts.push(CONTROL_FILE);
    checkIdentifier(control, manifest, verification);
    checkVersion(control, facts.version, verification);
  }
  if (label === undefined) {
    account.skip(BACKUP_LABEL, 'it is not there, or damaged');
    return;
  }
  account.parts.push(BACKUP_LABEL);
  checkStart(label, manifest.ranges, verification);
  if (label.incremental === true)
    account.skip('the backups before', 'this one is incremental, and restored together with them');
}

/** Where the backup starts by the manifest: where the oldest of its timelines does. */
export function backupStart(ranges: readonly WalRange[]): BackupLabel | undefined {
  const [oldest] = byTimeline(ranges);
  return oldest;
}

/** Where the backup ends by the manifest. */
export function backupEnd(ranges: readonly WalRange[]): WalRange | undefined {
  return byTimeline(ranges).at(-1);
}

function byTimeline(ranges: readonly WalRange[]): WalRange[] {
  return [...ranges].sort((one, other) => one.timeline - other.timeline);
}

function checkIdentifier(control: ControlFile, { identifier }: Manifest, { findings }: Verification): void {
  if (identifier === undefined || identifier === control.systemIdentifier) return;
  findings.add({
    check: 'control file',
    path: CONTROL_FILE,
    message: `${CONTROL_FILE}: manifest system identifier is ${identifier}, but control file has ${control.systemIdentifier}`,
  });
}

/** The format of the control file is one of a few versions', and PG_VERSION must name one of these. */
function checkVersion(
  { versions }: ControlFile,
  version: number | undefined,
  { findings }: Verification,
): void {
  if (version === undefined || versions.includes(version)) return;
  findings.add({
    check: 'control file',
    path: CONTROL_FILE,
    message: `"${VERSION_FILE}" says ${version}, but control file is of version ${versions.join(' or ')}`,
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
function insistOnFile(
  path: string,
  check: Check,
  contents: unknown,
  { files }: Manifest,
  { findings, ignore }: Verification,
): void {
  if (contents !== undefined || ignore.covers(path) || files.get(path) !== undefined) return;
  findings.add({ check, path, message: `"${path}" is neither in the manifest nor in the backup` });
}
