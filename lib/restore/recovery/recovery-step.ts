/**
 * Writes recovery settings into a data directory that is being restored: at the end of postgresql.auto.conf, since the
 * later of two settings counts, and a signal file, as WriteRecoveryConfig() in src/fe_utils/recovery_gen.c does. The
 * manifest stays as it is: pg_verifybackup verifies neither file.
 */

import { closeSync, constants, existsSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { OWNER_FILE_MODE } from '../../io/new-file.ts';
import { writeAllSync } from '../../io/pieces.ts';
import { AUTO_CONFIGURATION_FILE, BACKUP_LABEL } from '../../postgres/data-directory.ts';
import { FileWriter, GROUP_FILE_MODE } from '../../store/file-writer.ts';
import type { TargetDirectory } from '../../store/target-directory.ts';
import type { Edit } from '../held-file.ts';
import type { RestoreStep, Unpacked } from '../step.ts';
import { checkTargetByLabel } from './check-target.ts';
import { type Recovery, type RecoveryTarget, recoverySettings, SIGNAL_FILES } from './recovery.ts';
import { formatSettings } from './recovery-settings.ts';

const NEWLINE = 0x0a;

/** The step that makes a server recover. */
export function recoveryStep(recovery: Recovery): RestoreStep {
  const settings = Buffer.from(formatSettings(recoverySettings(recovery)));
  const target = recovery.kind === 'archive' ? recovery.target : undefined;
  return {
    ...(target === undefined ? {} : { edit: inspectLabel(target) }),
    complete: (unpacked) => write(settings, SIGNAL_FILES[recovery.kind], unpacked),
  };
}

/** The label is the first file of its archive: if the target is too early, it is known before the bulk is written. */
function inspectLabel(target: RecoveryTarget): (path: string) => Edit | undefined {
  const inspect: Edit = (contents) => {
    checkTargetByLabel(target, contents);
    return contents;
  };
  return (path) => (path === BACKUP_LABEL ? inspect : undefined);
}

/** Writes settings after those that are there. */
export function appendSettings(settings: Buffer, unpacked: Unpacked): void {
  const { data } = unpacked.targets;
  if (existsSync(`${data.path}/${AUTO_CONFIGURATION_FILE}`))
    append(`${data.path}/${AUTO_CONFIGURATION_FILE}`, settings);
  else create(data, AUTO_CONFIGURATION_FILE, modeOf(unpacked), settings);
}

function modeOf({ groupAccess }: Unpacked): number {
  return groupAccess ? GROUP_FILE_MODE : OWNER_FILE_MODE;
}

function write(settings: Buffer, signalFile: string, unpacked: Unpacked): void {
  const { targets } = unpacked;
  appendSettings(settings, unpacked);
  // The backup of a standby brings one along, and it may be the wrong one.
  for (const name of Object.values(SIGNAL_FILES)) remove(`${targets.data.path}/${name}`);
  create(targets.data, signalFile, modeOf(unpacked), Buffer.alloc(0));
}

function append(path: string, text: Buffer): void {
  attempt(`could not write to file "${path}"`, () => {
    const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      writeAllSync(fd, [Buffer.from(endsInMidLine(fd) ? '\n' : ''), text]);
    } finally {
      closeSync(fd);
    }
  });
}

function endsInMidLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  const last = Buffer.alloc(1);
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE;
}

function create(directory: TargetDirectory, name: string, mode: number, contents: Buffer): void {
  const file = new FileWriter();
  file.begin(`${directory.path}/${name}`, mode);
  directory.claim(name);
  file.push([contents]);
  file.end();
}

function remove(path: string): void {
  attempt(`could not remove file "${path}"`, () => rmSync(path, { force: true }));
}
