/** Whether the control files agree with each other and with the manifest: pg_control, backup_label and PG_VERSION. */

import type { WalRange } from '../../manifest/values.ts';
import { isBlockSize } from '../../page/page-checker.ts';
import type { BackupLabel } from '../../postgres/backup-label.ts';
import { type ControlFile, isCleanlyStopped } from '../../postgres/control-file.ts';
import { BACKUP_LABEL, CONTROL_FILE, VERSION_FILE } from '../../postgres/data-directory.ts';
import { formatLsn } from '../../postgres/lsn.ts';
import type { ControlFileRecords, ControlFiles } from '../records/control-files.ts';
import type { Manifest } from '../records/manifest.ts';
import type { Check } from '../shared/findings.ts';
import type { Verification } from '../shared/verification.ts';

/** Compares them. */
export function judgeControlFiles(
  records: ControlFileRecords,
  { control, label, version }: ControlFiles,
  manifest: Manifest,
  verification: Verification,
): void {
  insistOnFile(CONTROL_FILE, 'control file', records, manifest, verification);
  // Without it recovery would begin at the wrong position; a cluster that was stopped cleanly needs no recovery.
  const needsLabel = control === undefined || !isCleanlyStopped(control);
  if (needsLabel) insistOnFile(BACKUP_LABEL, 'label', records, manifest, verification);
  insistOnFile(VERSION_FILE, 'file', records, manifest, verification);
  if (noteFile(CONTROL_FILE, control, records, verification)) {
    checkIdentifier(control, manifest, verification);
    checkVersion(control, version, verification);
    checkBlockSize(control, verification);
  }
  if (!needsLabel && !records.has(BACKUP_LABEL)) return;
  if (!noteFile(BACKUP_LABEL, label, records, verification)) return;
  checkStart(label, manifest.ranges, verification);
  if (label.incremental === true)
    verification.statistics.skip(
      'the backups before',
      'this one is incremental, and restored together with them',
    );
}

/** What the manifest has is missed as a file already. */
function insistOnFile(
  path: string,
  check: Check,
  records: ControlFileRecords,
  manifest: Manifest,
  { findings, ignore }: Verification,
): void {
  if (records.has(path) || ignore.covers(path) || manifest.files.get(path) !== undefined) return;
  findings.add({ check, path, message: `"${path}" is neither in the manifest nor in the backup` });
}

/** Notes whether a file could be read, and if not, why. That a version is not known was noted when it was parsed. */
function noteFile<Value>(
  path: string,
  value: Value | undefined,
  records: ControlFileRecords,
  { statistics, ignore }: Verification,
): value is Value {
  if (value !== undefined) statistics.addPart(path);
  else if (ignore.covers(path)) statistics.skip(path, 'it is to be ignored');
  else if (!records.has(path)) statistics.skip(path, 'it is not there');
  else if (!statistics.notChecked.some(({ what }) => what === path)) statistics.skip(path, 'it is damaged');
  return value !== undefined;
}

function checkIdentifier(control: ControlFile, { identifier }: Manifest, { findings }: Verification): void {
  const { systemIdentifier } = control;
  if (identifier === undefined || identifier === systemIdentifier) return;
  findings.add({
    check: 'control file',
    path: CONTROL_FILE,
    message: `${CONTROL_FILE}: manifest system identifier is ${identifier}, but control file has ${systemIdentifier}`,
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

function checkBlockSize({ blockBytes }: ControlFile, { findings }: Verification): void {
  if (isBlockSize(blockBytes)) return;
  const message = `invalid block size ${blockBytes} in control file`;
  findings.add({ check: 'control file', path: CONTROL_FILE, message });
}

function checkStart(label: BackupLabel, ranges: readonly WalRange[], { findings }: Verification): void {
  const matches = ({ timeline, start }: WalRange) => timeline === label.timeline && start === label.start;
  if (ranges.length === 0 || ranges.some(matches)) return;
  const start = `${formatLsn(label.start)} on timeline ${label.timeline}`;
  findings.add({
    check: 'label',
    path: BACKUP_LABEL,
    message: `"${BACKUP_LABEL}" says that the backup starts at ${start}, but no WAL range of the manifest does`,
  });
}
