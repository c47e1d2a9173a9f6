/**
 * What a backup says of itself in a few small files, and whether they and the manifest are of one mind: global/pg_control,
 * backup_label, tablespace_map and PG_VERSION (fact-files.ts).
 */

import { BackupError } from '../errors/backup-error.ts';
import type { WalRange } from '../manifest/values.ts';
import { type BackupLabel, parseBackupLabel } from '../postgres/backup-label.ts';
import { type ControlFile, parseControlFile } from '../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE, TABLESPACE_MAP, VERSION_FILE } from '../postgres/data-directory.ts';
import { insistOnLocation } from '../postgres/location.ts';
import { formatLsn } from '../postgres/lsn.ts';
import { NewerVersionError } from '../postgres/newer.ts';
import { parseTablespaceMap, type TablespaceMap } from '../postgres/tablespace-map.ts';
import { contentsOf, type FactFiles, parseVersionFile } from './fact-files.ts';
import type { Check } from './findings.ts';
import type { Manifest } from './manifest.ts';
import type { Verification } from './verification.ts';

/** What the files say; undefined where there is no such file, it is damaged, or of a version that is not known. */
export interface Facts {
  readonly control: ControlFile | undefined;
  readonly label: BackupLabel | undefined;
  readonly tablespaces: TablespaceMap | undefined;
  /** The major version of the server. */
  readonly version: number | undefined;
}

/** Reads the files that there are. Damage is a finding. */
export function readFacts(files: FactFiles, { account, findings, skipChecksums }: Verification): Facts {
  const read = <Fact>(path: string, check: Check, parse: (bytes: Buffer) => Fact): Fact | undefined => {
    const file = files.get(path);
    if (file === undefined) return undefined;
    try {
      return parse(contentsOf(path, file));
    } catch (error) {
      if (error instanceof BackupError) findings.addError(check, error);
      else if (error instanceof NewerVersionError) account.skipNewer(path, error);
      else throw error;
      return undefined;
    }
  };
  return {
    control: read(CONTROL_FILE, 'control file', parseControlFile),
    label: read(BACKUP_LABEL, 'label', parseBackupLabel),
    tablespaces: read(TABLESPACE_MAP, 'tablespace', readLocations),
    // A file as any other, of which the contents do not matter to whoever skips checksums (as for pg_verifybackup -s).
    version: skipChecksums ? undefined : read(VERSION_FILE, 'file', parseVersionFile),
  };
}

/** A server that recovers follows the map. */
function readLocations(bytes: Buffer): TablespaceMap {
  const map = parseTablespaceMap(bytes);
  for (const [oid, location] of map) insistOnLocation(oid, location);
  return map;
}

/** Compares the files with each other and with the manifest. */
export function checkFacts(
  files: FactFiles,
  facts: Facts,
  manifest: Manifest,
  verification: Verification,
): void {
  const { control, label, version } = facts;
  const { account } = verification;
  insistOnFile(CONTROL_FILE, 'control file', files, manifest, verification);
  insistOnFile(BACKUP_LABEL, 'label', files, manifest, verification);
  insistOnFile(VERSION_FILE, 'file', files, manifest, verification);
  if (noteFile(CONTROL_FILE, control, files, verification)) {
    checkIdentifier(control, manifest, verification);
    checkVersion(control, version, verification);
  }
  if (!noteFile(BACKUP_LABEL, label, files, verification)) return;
  checkStart(label, manifest.ranges, verification);
  if (label.incremental === true)
    account.skip('the backups before', 'this one is incremental, and restored together with them');
}

/** Notes whether a file could be read, and if not, why. That a version is not known was noted when it was read. */
function noteFile<Fact>(
  path: string,
  fact: Fact | undefined,
  files: FactFiles,
  { account, ignore }: Verification,
): fact is Fact {
  if (fact !== undefined) account.parts.push(path);
  else if (ignore.covers(path)) account.skip(path, 'it is to be ignored');
  else if (!files.has(path)) account.skip(path, 'it is not there');
  else if (!account.notChecked.some(({ what }) => what === path)) account.skip(path, 'it is damaged');
  return fact !== undefined;
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
  files: FactFiles,
  manifest: Manifest,
  { findings, ignore }: Verification,
): void {
  if (files.has(path) || ignore.covers(path) || manifest.files.get(path) !== undefined) return;
  findings.add({ check, path, message: `"${path}" is neither in the manifest nor in the backup` });
}
