/**
 * A backup together with the WAL that it needs, as one stream. pg_wal.tar is the one archive that may be interrupted and
 * resumed: what has been received goes out before each archive of the server, the rest behind the
 * manifest. Where the WAL has to end is known only from the server's last rows, so these, and the end of the copy before
 * them, are held back until WAL up to there has been passed on.
 *
 * They are held back to the very last one: in its place the server may still report that pages were corrupt.
 */

import { BackupError } from '../../errors/backup-error.ts';
import { isSegmentSize } from '../../postgres/wal-segment.ts';
import type { Frame, StartFrame, StopFrame } from '../../stream/frame.ts';
import type { WalFeed } from '../../wal/receive/feed.ts';
import { WalOutlet } from '../../wal/receive/wal-frames.ts';

/** Forwards the frames of a backup and starts the feed when the backup starts. Throws what the feed throws, too. */
export async function* withWal(
  frames: AsyncIterable<Frame>,
  feed: WalFeed,
): AsyncGenerator<Frame, void, undefined> {
  const parameters = new Map<string, string>();
  const held: Frame[] = [];
  let outlet: WalOutlet | undefined;
  let stop: StopFrame | undefined;
  for await (const frame of frames) {
    feed.spool.check();
    if (frame.type === 'parameter') parameters.set(frame.name, frame.value);
    if (frame.type === 'start') outlet = await startFeed(feed, frame, parameters);
    if (frame.type === 'stop') stop = frame;
    // Not before the manifest: the backup has ended by then, and WAL beyond its end may have come.
    if (outlet && frame.type === 'archive') yield* outlet.available();
    const hold = frame.type === 'copy-done' || (held.length > 0 && frame.type !== 'notice');
    if (hold) held.push(keep(frame));
    else yield frame;
  }
  if (outlet && stop) yield* outlet.rest(stop);
  yield* held;
}

async function startFeed(
  feed: WalFeed,
  { lsn, timeline }: StartFrame,
  parameters: ReadonlyMap<string, string>,
): Promise<WalOutlet> {
  const segmentBytes = Number(parameters.get('wal_segment_size'));
  if (!isSegmentSize(segmentBytes)) {
    throw new BackupError(`invalid WAL segment size: ${parameters.get('wal_segment_size')} bytes`);
  }
  const systemIdentifier = parameters.get('system_identifier') ?? '';
  await feed.start({ systemIdentifier, segmentBytes, timeline, lsn });
  return new WalOutlet(feed, segmentBytes);
}

/** The frame with bytes of its own. */
function keep(frame: Frame): Frame {
  return frame.wire === undefined ? frame : { ...frame, wire: frame.wire.map((bytes) => Buffer.from(bytes)) };
}
