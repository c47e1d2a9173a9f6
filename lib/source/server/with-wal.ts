/**
 * A backup together with the WAL that it needs, as one stream. pg_wal.tar is the one archive that may be interrupted
 * and resumed: what has been received goes out before each archive of the server, the rest after the manifest. Where
 * the WAL has to end is known only from the server's last rows, so these, and the end of the copy before them, are
 * held back until WAL up to there has been passed on.
 *
 * They are held back to the very last one: in its place the server may still report that pages were corrupt.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { isSegmentSize } from '../../postgres/wal-segment.ts';
import type { BackupHead, Filter, Frame, StopFrame } from '../../stream/frame.ts';
import { type StreamingOptions, WalFeed } from '../../wal/receive/feed.ts';
import type { BackupStart, WalStore } from '../../wal/receive/follower.ts';
import type { SessionHooks } from '../../wal/receive/session.ts';
import { WalFrames } from '../../wal/receive/wal-frames.ts';

/** WAL from the server: WalFeed, apart from what opens and closes it. */
export interface Feed extends WalStore {
  /** Begins with the segment in which the backup starts. */
  start(start: BackupStart): Promise<void>;
}

/** Adds WAL from the feed, which is started when the backup has started. Throws what the feed throws, too. */
export function withWal(feed: Feed): Filter {
  return async function* (frames) {
    const held: Frame[] = [];
    let wal: WalFrames | undefined;
    let stop: StopFrame | undefined;
    for await (const frame of frames) {
      feed.spool.check();
      if (frame.type === 'copy') wal = await startFeed(feed, frame.head);
      if (frame.type === 'stop') stop = frame;
      // Not before the manifest: the backup has ended by then, and WAL beyond its end may have come.
      if (wal && frame.type === 'archive') yield* wal.available();
      const hold = frame.type === 'copy-done' || (held.length > 0 && frame.type !== 'notice');
      if (hold) held.push(keep(frame));
      else yield frame;
    }
    if (wal && stop) yield* wal.rest(stop);
    yield* held;
  };
}

/**
 * Streams WAL beside the backup, over a connection of its own; the slot must be there before the backup begins, so that
 * no WAL is lost.
 */
export async function* streamWal(
  frames: AsyncIterable<Frame>,
  hooks: SessionHooks,
  streaming: StreamingOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void, undefined> {
  const feed = await WalFeed.open(hooks, streaming, signal);
  let failed = true;
  try {
    yield* withWal(feed)(frames);
    failed = false;
  } finally {
    await feed.close({ failed });
  }
}

async function startFeed(feed: Feed, { parameters, start }: BackupHead): Promise<WalFrames> {
  const segmentBytes = Number(parameters.get('wal_segment_size'));
  if (!isSegmentSize(segmentBytes)) {
    throw new BackupError(`invalid WAL segment size: ${parameters.get('wal_segment_size')} bytes`);
  }
  const systemIdentifier = parameters.get('system_identifier') ?? '';
  await feed.start({ systemIdentifier, segmentBytes, ...start });
  return new WalFrames(feed, segmentBytes);
}

/** The frame with bytes of its own. */
function keep(frame: Frame): Frame {
  return frame.wire === undefined ? frame : { ...frame, wire: frame.wire.map((bytes) => Buffer.from(bytes)) };
}
