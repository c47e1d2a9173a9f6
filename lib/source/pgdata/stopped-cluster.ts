/**
 * The data directory of a server that was stopped in good order: its path in, what it says of itself out. Anything else
 * is refused, since only a cluster at rest can be copied without backup_label and started from the copy.
 */

import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { type ControlFile, isCleanlyStopped, parseControlFile } from '../../postgres/control-file.ts';
import { CONTROL_FILE, LOCK_FILE, VERSION_FILE } from '../../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../../postgres/features.ts';

/** What is known before anything is copied. */
export interface StoppedCluster {
  readonly root: string;
  readonly control: ControlFile;
  /** The bytes of pg_control, which must be the same at the end. */
  readonly controlBytes: Buffer;
  readonly major: number;
  /** The modes that the server gives what it makes: its group may read it all, or nobody but the owner. */
  readonly modes: { readonly directory: number; readonly file: number };
  readonly owner: { readonly uid: number; readonly gid: number };
}

const GROUP_ACCESS = 0o050;
const OWNER_MODES = { directory: 0o700, file: 0o600 };
const GROUP_MODES = { directory: 0o750, file: 0o640 };

/** Looks into the directory. Throws TroubleError unless it is that of a stopped server, BackupError for a damaged pg_control. */
export function openStoppedCluster(directory: string): StoppedCluster {
  const root = attempt(`could not open directory "${directory}"`, () => realpathSync(directory));
  const versionText = readText(`${root}/${VERSION_FILE}`);
  const major = Number(/^(\d+)\n?$/.exec(versionText)?.[1]);
  if (!(serverVersion(major) >= SINCE.bb))
    throw new TroubleError(`data directory "${root}" is of an unsupported version of PostgreSQL`, {
      detail: `Its "${VERSION_FILE}" says "${versionText.trimEnd()}".`,
    });
  insistOnNoServer(root);
  const controlBytes = readControl(root);
  const control = parseControlFile(controlBytes);
  if (!isCleanlyStopped(control))
    throw new TroubleError(`data directory "${root}" is not that of a cleanly stopped server`, {
      detail: `Its state is "${control.state}".`,
      hint: 'Start the server, and stop it with "pg_ctl stop -m fast".',
    });
  const { mode, uid, gid } = attempt(`could not stat directory "${root}"`, () => statSync(root));
  const modes = (mode & GROUP_ACCESS) === GROUP_ACCESS ? GROUP_MODES : OWNER_MODES;
  return { root, control, controlBytes, major, modes, owner: { uid, gid } };
}

/** Throws TroubleError if a server was started on the directory since it was opened. */
export function insistOnStillStopped({ root, controlBytes }: StoppedCluster): void {
  insistOnNoServer(root);
  if (!readControl(root).equals(controlBytes))
    throw new TroubleError(`a server was started on data directory "${root}" during the backup`);
}

function insistOnNoServer(root: string): void {
  const path = `${root}/${LOCK_FILE}`;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw new TroubleError(`data directory "${root}" is in use: file "${LOCK_FILE}" exists`, {
    hint: 'Stop the server first; a server that was stopped cleanly leaves no such file.',
  });
}

function readControl(root: string): Buffer {
  const path = `${root}/${CONTROL_FILE}`;
  return attempt(`could not read file "${path}"`, () => readFileSync(path));
}

function readText(path: string): string {
  return attempt(`could not open file "${path}"`, () => readFileSync(path, 'latin1'));
}
