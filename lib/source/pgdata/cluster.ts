/**
 * The data directory of a server, running or stopped: its path in, what it says of itself out.
 */

import { readFileSync, realpathSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { type ControlFile, parseControlFile } from '../../postgres/control-file.ts';
import { CONTROL_FILE, VERSION_FILE } from '../../postgres/data-directory.ts';
import { SINCE, serverVersion } from '../../postgres/features.ts';
import type { NewMember } from '../../tar/writer.ts';

/** What is known before anything is copied. */
export interface Cluster {
  readonly root: string;
  readonly control: ControlFile;
  readonly major: number;
  /** The modes that the server gives what it makes: its group may read it all, or nobody but the owner. */
  readonly modes: { readonly directory: number; readonly file: number };
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** The control file as it is on disk, and what it says. */
export interface ReadControl {
  readonly bytes: Buffer;
  readonly control: ControlFile;
}

const GROUP_ACCESS = 0o050;
const OWNER_MODES = { directory: 0o700, file: 0o600 };
const GROUP_MODES = { directory: 0o750, file: 0o640 };
/** A read beside a write may give half of each. The server writes the file in one call, so the next read is whole. */
const CONTROL_READS = 10;
const CONTROL_PAUSE_MS = 20;

/** All but the control file. Throws TroubleError if the directory is no data directory of a version that is supported. */
export function openDirectory(directory: string): Omit<Cluster, 'control'> {
  const root = attempt(`could not open directory "${directory}"`, () => realpathSync(directory));
  const versionText = readText(`${root}/${VERSION_FILE}`);
  const major = Number(/^(\d+)\n?$/.exec(versionText)?.[1]);
  if (!(serverVersion(major) >= SINCE.bb))
    throw new TroubleError(`data directory "${root}" is of an unsupported version of PostgreSQL`, {
      detail: `Its "${VERSION_FILE}" says "${versionText.trimEnd()}".`,
    });
  const { mode, uid, gid } = attempt(`could not stat directory "${root}"`, () => statSync(root));
  const modes = (mode & GROUP_ACCESS) === GROUP_ACCESS ? GROUP_MODES : OWNER_MODES;
  return { root, major, modes, owner: { uid, gid } };
}

/** The control file of a stopped server. Throws BackupError if it is damaged. */
export function readControl(root: string): ReadControl {
  const path = `${root}/${CONTROL_FILE}`;
  const bytes = attempt(`could not read file "${path}"`, () => readFileSync(path));
  return { bytes, control: parseControlFile(bytes) };
}

/** The control file of a running server, which is read until its CRC holds. Throws what readControl() throws. */
export async function readLiveControl(root: string): Promise<ReadControl> {
  for (let reads = 1; ; reads++) {
    try {
      return readControl(root);
    } catch (error) {
      if (reads === CONTROL_READS || error instanceof TroubleError) throw error;
      await pause(CONTROL_PAUSE_MS);
    }
  }
}

/** A file that is made for the backup, as the server makes it (sendFileWithContent()). */
export function newFile({ modes, owner }: Cluster, path: string, contents: Buffer): NewMember {
  const mtime = Math.floor(Date.now() / 1000);
  return { path, kind: 'file', size: contents.length, mode: modes.file, ...owner, mtime };
}

function readText(path: string): string {
  return attempt(`could not open file "${path}"`, () => readFileSync(path, 'latin1'));
}
