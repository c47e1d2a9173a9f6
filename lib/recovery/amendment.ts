/**
 * Writes recovery settings into a data directory that is being restored: behind what postgresql.auto.conf says, since
 * the later of two settings counts, and a signal file, as WriteRecoveryConfig() in src/fe_utils/recovery_gen.c does. The
 * manifest stays as it is: neither file is verified by pg_verifybackup.
 */

import { readFileSync, rmSync, statSync } from 'node:fs';
import { BACKUP_LABEL } from '../backup/backup-label.ts';
import { attempt } from '../io/system-trouble.ts';
import type { Amendment, Unpacked } from '../sink/extract/amend.ts';
import { type ContentsSink, FileWriter, GROUP_FILE_MODE, OWNER_FILE_MODE } from '../sink/extract/file.ts';
import { HeldContents } from '../sink/extract/held.ts';
import type { Folder } from '../sink/folder.ts';
import { checkTargetByLabel } from './check-target.ts';
import { type Recovery, recoverySettings, SIGNAL_FILES } from './recovery.ts';
import { formatSettings } from './settings.ts';
import type { RecoveryTarget } from './target.ts';

const CONFIGURATION = 'postgresql.auto.conf';
const MODE_BITS = 0o777;
const NEWLINE = 0x0a;

/** The amendment that makes a server recover. Throws UsageError for settings that no file can hold. */
export function amendForRecovery(recovery: Recovery): Amendment {
  const settings = Buffer.from(formatSettings(recoverySettings(recovery)));
  const target = recovery.kind === 'archive' ? recovery.target : undefined;
  return {
    ...(target === undefined ? {} : { contents: inspectLabel(target) }),
    complete: (unpacked) => write(settings, SIGNAL_FILES[recovery.kind], unpacked),
  };
}

/** The label is the first file of its archive: if the target is too early, it is known before the bulk is written. */
function inspectLabel(target: RecoveryTarget): (path: string, file: FileWriter) => ContentsSink | undefined {
  return (path, file) => {
    if (path !== BACKUP_LABEL) return undefined;
    return new HeldContents(file, (contents) => {
      checkTargetByLabel(target, contents);
      return contents;
    });
  };
}

function write(settings: Buffer, signalFile: string, { site, groupAccess }: Unpacked): void {
  const mode = groupAccess ? GROUP_FILE_MODE : OWNER_FILE_MODE;
  append(site.data, CONFIGURATION, mode, settings);
  // The backup of a standby brings one along, and it may be the wrong one.
  for (const name of Object.values(SIGNAL_FILES)) remove(`${site.data.path}/${name}`);
  create(site.data, signalFile, mode, []);
}

/** Adds to a file, or makes it. */
function append(folder: Folder, name: string, mode: number, text: Buffer): void {
  const path = `${folder.path}/${name}`;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    create(folder, name, mode, [text]);
    return;
  }
  const before = attempt(`could not read file "${path}"`, () => readFileSync(path));
  const isCut = before.length > 0 && before.at(-1) !== NEWLINE;
  remove(path);
  create(folder, name, found.mode & MODE_BITS, [before, Buffer.from(isCut ? '\n' : ''), text]);
}

function create(folder: Folder, name: string, mode: number, parts: readonly Buffer[]): void {
  const file = new FileWriter();
  folder.claim(name);
  file.open(`${folder.path}/${name}`, mode);
  for (const part of parts) file.write(part);
  file.close();
}

function remove(path: string): void {
  attempt(`could not remove file "${path}"`, () => rmSync(path, { force: true }));
}
