/**
 * Begins the backup of a running server: a data directory and a session in, the server in backup mode out, with all
 * that a backup says first. That includes backup_label and tablespace_map, which come first in base.tar, although
 * pg_backup_stop() tells them only at the end. The server has written them, for itself, when pg_backup_start() returned;
 * here they are made from the same facts:
 *
 *   START WAL LOCATION   what pg_backup_start() returned
 *   CHECKPOINT LOCATION  pg_control, as long as its checkpoint begins where the backup does
 *   START TIME           the server's clock, which it has read just before that
 *   tablespace_map       pg_tblspc, as long as it was not changed since the server read it
 *
 * If one of these is not certain (another checkpoint came, a second ended meanwhile, a tablespace was made), the session
 * is closed, which ends backup mode, and a new backup is begun. When the backup ends, the server's own text is compared
 * (insistOnSame()): a difference is an error. So what is in the tar is what the server has written.
 */

import { statSync } from 'node:fs';
import { BackupError } from '../../errors/backup-error.ts';
import { attempt } from '../../errors/system-trouble.ts';
import { TroubleError } from '../../errors/trouble.ts';
import { formatBackupLabel } from '../../postgres/backup-label.ts';
import {
  BACKUP_LABEL,
  CONTROL_FILE,
  TABLESPACE_MAP,
  TABLESPACES_DIRECTORY,
} from '../../postgres/data-directory.ts';
import { formatTablespaceMap } from '../../postgres/tablespace-map.ts';
import type { Position } from '../../stream/frame.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { BackupBegun, BackupEnded, BackupSession } from './backup-session.ts';
import { type Cluster, type openDirectory, readLiveControl } from './cluster.ts';
import { type FoundTablespace, findTablespaces } from './tablespaces.ts';

/** What the backup is called, and how its checkpoint is made. */
export interface BackupStyle {
  readonly label: string;
  readonly fast: boolean;
}

/** A backup that has begun. The session must be closed. */
export interface RunningBackup {
  readonly session: BackupSession;
  readonly cluster: Cluster;
  readonly start: Position;
  readonly inRecovery: boolean;
  readonly tablespaces: readonly FoundTablespace[];
  readonly label: Buffer;
  readonly tablespaceMap: Buffer;
}

/**
 * The kernel's clock for files, and that of time(2), with which the server reads the start time, are behind by at most a
 * tick, 10 ms; as much again is for what the server does between two looks at the clock.
 */
const CLOCK_S = 0.02;
const ATTEMPTS = 5;

/** Begins. `open` opens a session with the right server. Throws what it throws, and TroubleError. */
export async function beginBackup(
  directory: ReturnType<typeof openDirectory>,
  open: () => Promise<BackupSession>,
  style: BackupStyle,
  messages: Messages,
): Promise<RunningBackup> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const session = await open();
    try {
      const begun = await session.start(style.label, style.fast);
      const found = await describe(directory, begun, style.label);
      if (typeof found !== 'string') return { session, ...found };
      messages.info(`${found}; starting another backup`);
    } catch (error) {
      await session.close();
      throw error;
    }
    await session.close();
  }
  throw new TroubleError(`could not find out what belongs into "${BACKUP_LABEL}"`, {
    detail: 'Each time that a backup was started, another checkpoint or a new tablespace came between.',
  });
}

/** What the backup says first; if something is not certain, what that is. */
async function describe(
  directory: ReturnType<typeof openDirectory>,
  begun: BackupBegun,
  label: string,
): Promise<Omit<RunningBackup, 'session'> | string> {
  const { root, major } = directory;
  const { control } = await readLiveControl(root);
  if (control.checkpoint.redo !== begun.start) return 'another checkpoint has completed';
  // A primary has written pg_control at the end of the checkpoint, and then read pg_tblspc; a standby makes none.
  const readAfter = begun.inRecovery ? begun.before : modified(`${root}/${CONTROL_FILE}`);
  const tablespaces = findTablespaces(root);
  if (modified(`${root}/${TABLESPACES_DIRECTORY}`) > readAfter - CLOCK_S) return 'tablespaces have changed';
  if (begun.after % 1 < CLOCK_S) return 'the start time is uncertain';
  const { checkpoint, walSegmentBytes } = control;
  const text = formatBackupLabel({
    major,
    start: begun.start,
    checkpoint: checkpoint.lsn,
    timeline: checkpoint.timeline,
    walSegmentBytes,
    fromStandby: begun.inRecovery,
    startTime: begun.afterText,
    label,
  });
  const linked = tablespaces.filter((tablespace) => tablespace.linked);
  const map = new Map(linked.map(({ oid, location }) => [oid, location]));
  return {
    cluster: { ...directory, control },
    start: { lsn: begun.start, timeline: checkpoint.timeline },
    inRecovery: begun.inRecovery,
    tablespaces,
    label: Buffer.from(text),
    tablespaceMap: formatTablespaceMap(map, major),
  };
}

/** Throws BackupError if the server has written something else than what was sent. */
export function insistOnSame(sent: RunningBackup, ended: BackupEnded): void {
  const compare = (name: string, ours: Buffer, theirs: string) => {
    if (ours.equals(Buffer.from(theirs))) return;
    const written = theirs.split('\n');
    const lines = ours.toString().split('\n');
    const at = lines.findIndex((line, index) => line !== written[index]);
    throw new BackupError(`file "${name}" in the backup is not what the server has written`, {
      detail: `Line ${at + 1} is "${lines[at]}" in place of "${written[at] ?? ''}".`,
    });
  };
  compare(BACKUP_LABEL, sent.label, ended.label);
  compare(TABLESPACE_MAP, sent.tablespaceMap, ended.tablespaceMap);
}

/** When the file or directory was changed, in seconds since 1970. */
function modified(path: string): number {
  return attempt(`could not stat file or directory "${path}"`, () => statSync(path)).mtimeMs / 1000;
}
