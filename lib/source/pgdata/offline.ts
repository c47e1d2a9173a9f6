/**
 * A backup of a cleanly stopped cluster from its files: a data directory in, the frames of a backup stream out, with the
 * WAL of the last checkpoint. It differs from the backup of a running server in what a start without recovery needs:
 *
 *   - no backup_label: the copy starts from its control file, as the original does
 *   - links in pg_tblspc in place of tablespace_map, which no server reads without a backup_label; they are the first
 *     members of base.tar, so that whoever reads it knows the tablespaces before all else
 *   - unlogged relations as they are, since only recovery makes them anew
 */

import { interruptible } from '../../io/interruptible.ts';
import { BASE_ARCHIVE } from '../../stream/archive-name.ts';
import type { Frame } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import { FillingThreads } from '../reading/filling-threads.ts';
import { ClusterBackup, type FileRequest } from './cluster-backup.ts';
import { findNeededWal, type NeededWal } from './needed-wal.ts';
import { insistOnStillStopped, openStoppedCluster, type StoppedCluster } from './stopped-cluster.ts';
import { findTablespaces } from './tablespaces.ts';
import { walMembers } from './wal-members.ts';

/** A stopped cluster has no pages that may be torn: all are checked. */
const NO_LSN = 2n ** 64n - 1n;

/**
 * Reads the data directory to the end. Throws TroubleError for what is no cleanly stopped cluster, cannot be read, or
 * changes meanwhile; BackupError at the end if pages are corrupt.
 */
export async function* takeOffline(
  request: FileRequest,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const cluster = openStoppedCluster(request.directory);
  const wal = findNeededWal(cluster);
  const tablespaces = findTablespaces(cluster.root);
  const threads = new FillingThreads(request.jobs);
  const reading = { running: false, tablespaces, newest: NO_LSN, threads };
  const backup = new ClusterBackup(request, cluster, reading);
  try {
    yield* interruptible(framesOf(backup, cluster, wal), signal);
  } finally {
    await threads.close();
    backup.close();
  }
}

async function* framesOf(
  backup: ClusterBackup,
  cluster: StoppedCluster,
  wal: NeededWal,
): AsyncGenerator<Frame, void, undefined> {
  yield* headFrames(backup.head(wal.start));
  yield* backup.tablespaces();
  const base = backup.base();
  yield { type: 'archive', name: BASE_ARCHIVE, location: '', resumed: false };
  yield* backup.add(base, backup.members.ofBase());
  yield* backup.add(base, [backup.members.control]);
  yield* walMembers(base, wal, cluster, wal.segments.at(-1));
  yield* backup.end(base, BASE_ARCHIVE);
  insistOnStillStopped(cluster);
  yield* backup.manifest(wal.ranges);
  yield* endFrames(wal.stop);
}
