/**
 * The data directory of a server that was stopped in good order: its path in, what it says of itself out. Anything else
 * is refused, since only a cluster at rest can be copied without backup_label and started from the copy.
 */

import { lstatSync } from 'node:fs';
import { TroubleError } from '../../errors/trouble.ts';
import { isCleanlyStopped } from '../../postgres/control-file.ts';
import { LOCK_FILE } from '../../postgres/data-directory.ts';
import { type Cluster, openDirectory, readControl } from './cluster.ts';

/** What is known before anything is copied. */
export interface StoppedCluster extends Cluster {
  /** The bytes of pg_control, which must be the same at the end. */
  readonly controlBytes: Buffer;
}

/** Looks into the directory. Throws TroubleError unless it is that of a stopped server, BackupError for a damaged pg_control. */
export function openStoppedCluster(directory: string): StoppedCluster {
  const opened = openDirectory(directory);
  const { root } = opened;
  insistOnNoServer(root);
  const { control, bytes } = readControl(root);
  if (!isCleanlyStopped(control))
    throw new TroubleError(`data directory "${root}" is not that of a cleanly stopped server`, {
      detail: `Its state is "${control.state}".`,
      hint: 'Start the server, and stop it with "pg_ctl stop -m fast".',
    });
  return { ...opened, control, controlBytes: bytes };
}

/** Throws TroubleError if a server was started on the directory since it was opened. */
export function insistOnStillStopped({ root, controlBytes }: StoppedCluster): void {
  insistOnNoServer(root);
  if (!readControl(root).bytes.equals(controlBytes))
    throw new TroubleError(`a server was started on data directory "${root}" during the backup`);
}

function insistOnNoServer(root: string): void {
  const path = `${root}/${LOCK_FILE}`;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw new TroubleError(`data directory "${root}" is in use: file "${LOCK_FILE}" exists`, {
    hint: 'Stop the server first; a server that was stopped cleanly leaves no such file.',
  });
}
