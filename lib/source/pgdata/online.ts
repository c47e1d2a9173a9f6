/**
 * A backup of a running server on this host from its files: a data directory in, the frames of a backup stream out, with
 * the members, and in the order, of the server's own backups (perform_base_backup() in
 * src/backend/backup/basebackup.c). A connection to the server is needed only to start and to stop the backup
 * (backup-session.ts); nothing is written to the data directory.
 */

import { interruptible } from '../../io/interruptible.ts';
import { BACKUP_LABEL, TABLESPACE_MAP } from '../../postgres/data-directory.ts';
import type { Listening } from '../../postgres/lock-file.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import { BASE_ARCHIVE } from '../../stream/archive-name.ts';
import type { Frame, Position } from '../../stream/frame.ts';
import { endFrames, headFrames } from '../../stream/head-frames.ts';
import type { Messages } from '../../terminal/messages.ts';
import type { StreamingOptions } from '../../wal/receive/feed.ts';
import { FillingThreads } from '../reading/filling-threads.ts';
import { type ConnectionChoice, type Sessions, sessionsOf } from '../server/sessions.ts';
import { streamWal } from '../server/with-wal.ts';
import { BackupSession } from './backup-session.ts';
import { type BackupStyle, beginBackup, insistOnSame, type RunningBackup } from './begin-backup.ts';
import { newFile, openDirectory, readLiveControl } from './cluster.ts';
import { ClusterBackup, type FileRequest } from './cluster-backup.ts';
import { findWalFiles, historyOf, rangesOf } from './needed-wal.ts';
import { findServer, insistOnServer } from './server-of-directory.ts';
import { throttle } from './throttle.ts';
import { walMembers } from './wal-members.ts';

/** What kind of backup is wanted. */
export interface OnlineRequest extends BackupStyle, FileRequest {
  readonly connection: ConnectionChoice;
  /** Whether WAL is read from its files, and kept by a slot until then. */
  readonly wal: { readonly fetch: boolean; readonly slot: boolean };
  /** WAL is streamed beside the backup if this is there. */
  readonly streaming: StreamingOptions | undefined;
  /** Kilobytes a second. */
  readonly maxRate: number | undefined;
}

/** What ends the backup early: the signal, which `giveUp` makes fire when the session is lost. */
export interface Stopping {
  readonly signal: AbortSignal;
  readonly giveUp: (reason: Error) => void;
}

/**
 * Takes the backup to its end. Throws TroubleError for a data directory that is not that of the server, for what cannot
 * be read, and when the session is lost; ServerError for what the server refuses; BackupError if pages are corrupt.
 */
export async function* takeOnline(
  request: OnlineRequest,
  messages: Messages,
  stopping: Stopping,
): AsyncGenerator<Frame, void, undefined> {
  const { connection, streaming, maxRate } = request;
  const { signal } = stopping;
  const directory = openDirectory(request.directory);
  const server = findServer(directory.root);
  const sessions = sessionsOf({ ...connection, request: { ...connection.request, found: server } }, messages);
  const taken = takeFiles(request, { directory, server, sessions, messages, stopping });
  const frames = maxRate === undefined ? taken : throttle(maxRate, signal)(taken);
  yield* streaming === undefined ? frames : streamWal(frames, sessions, streaming, signal);
}

interface Surroundings {
  readonly directory: ReturnType<typeof openDirectory>;
  readonly server: Listening;
  readonly sessions: Sessions;
  readonly messages: Messages;
  readonly stopping: Stopping;
}

async function* takeFiles(
  request: OnlineRequest,
  surroundings: Surroundings,
): AsyncGenerator<Frame, void, undefined> {
  const { directory, messages, stopping } = surroundings;
  messages.info('initiating base backup, waiting for checkpoint to complete');
  const threads = new FillingThreads(request.jobs);
  try {
    const open = () => openSession(request, surroundings);
    const running = await beginBackup(directory, open, request, messages);
    yield* readFiles(request, running, threads, stopping.signal);
  } finally {
    await threads.close();
  }
}

async function* readFiles(
  request: OnlineRequest,
  running: RunningBackup,
  threads: FillingThreads,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const { cluster, tablespaces, start, session } = running;
  const reading = { running: true, tablespaces, newest: start.lsn, threads };
  const backup = new ClusterBackup(request, cluster, reading);
  try {
    yield* interruptible(framesOf(request, running, backup), signal);
  } finally {
    await session.close();
    await threads.close();
    backup.close();
  }
}

async function openSession(
  { wal }: OnlineRequest,
  { directory, server, sessions, messages, stopping }: Surroundings,
): Promise<BackupSession> {
  const { signal, giveUp } = stopping;
  const session = new BackupSession(await sessions.ordinary(signal), signal, giveUp);
  try {
    await session.prepare();
    await insistOnServer(session, directory.root, server);
    if (wal.fetch && wal.slot) await session.keepWal(messages);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function* framesOf(
  request: OnlineRequest,
  running: RunningBackup,
  backup: ClusterBackup,
): AsyncGenerator<Frame, void, undefined> {
  const { cluster, session, start } = running;
  yield* headFrames(backup.head(start, session.version));
  yield* backup.tablespaces();
  yield { type: 'archive', name: BASE_ARCHIVE, location: '', resumed: false };
  const base = backup.base();
  yield* base.addContents(newFile(cluster, BACKUP_LABEL, running.label), running.label);
  yield* base.addContents(newFile(cluster, TABLESPACE_MAP, running.tablespaceMap), running.tablespaceMap);
  yield* backup.add(base, backup.members.ofBase());
  const control = await readLiveControl(cluster.root);
  yield* base.addContents(backup.members.control, control.bytes);
  if (!request.wal.fetch) yield* backup.end(base, BASE_ARCHIVE);
  const stop = await stopBackup(request, running);
  if (request.wal.fetch) {
    yield* walMembers(base, findWalFiles(cluster, start, stop), cluster);
    yield* backup.end(base, BASE_ARCHIVE);
  }
  yield* backup.manifest(rangesOf(cluster, start, stop));
  yield* endFrames(stop);
}

/** Without WAL in the backup, the server waits until it is archived. */
async function stopBackup(request: OnlineRequest, running: RunningBackup): Promise<Position> {
  const wait = !request.wal.fetch && request.streaming === undefined;
  const ended = await running.session.stop(wait);
  insistOnSame(running, ended);
  return { lsn: ended.stop, timeline: await timelineOf(ended.stop, running) };
}

/** A standby may have followed its primary to another timeline. */
async function timelineOf(stop: Lsn, { cluster, start, inRecovery }: RunningBackup): Promise<number> {
  if (!inRecovery) return start.timeline;
  const { timeline } = (await readLiveControl(cluster.root)).control.minRecovery;
  if (timeline <= start.timeline) return start.timeline;
  return historyOf(cluster, timeline).find(({ end }) => stop <= end)?.timeline ?? timeline;
}
