/** Where WAL goes in a backup, with a feed whose WAL comes when the test says so. */

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { BackupError } from '../../../../lib/errors/backup-error.ts';
import { type Feed, withWal } from '../../../../lib/source/server/with-wal.ts';
import { encode } from '../../../../lib/stream/encode.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { TarReader } from '../../../../lib/tar/reader.ts';
import type { BackupStart } from '../../../../lib/wal/receive/follower.ts';
import { Spool } from '../../../../lib/wal/receive/spool.ts';
import { TimelineQueue } from '../../../../lib/wal/receive/timeline-queue.ts';
import { archive, backupFrames, data, notice } from '../../../support/frames.ts';
import { gather } from '../../../support/gather.ts';

const SEGMENT = 1024 ** 2;
const START = 0x2000028n;
const SYSTEM = '7300000000000000001';
const opened: Spool[] = [];

afterEach(async () => {
  for (const spool of opened.splice(0)) await spool.close();
});

/** Has received nothing before it is told of WAL. */
class FakeFeed implements Feed {
  readonly timelines = new TimelineQueue();
  readonly starts: BackupStart[] = [];
  readonly spool: Spool;

  constructor(spool: Spool) {
    this.spool = spool;
    opened.push(spool);
  }

  static async open(): Promise<FakeFeed> {
    return new FakeFeed(await Spool.open(16 * SEGMENT));
  }

  async start(start: BackupStart): Promise<void> {
    this.starts.push(start);
    const lsn = start.lsn - (start.lsn % BigInt(start.segmentBytes));
    this.timelines.add({ at: 0, timeline: start.timeline, lsn, history: undefined });
  }

  receive(bytes: number): Promise<void> {
    return this.spool.write(Buffer.alloc(bytes, 'write-ahead log '));
  }
}

function backup(stop: bigint, parameters: Readonly<Record<string, string>> = {}): Frame[] {
  return backupFrames({
    parameters: { system_identifier: SYSTEM, wal_segment_size: `${SEGMENT}`, ...parameters },
    start: START,
    stop,
    timeline: 3,
    tablespaces: [{ oid: 16384, location: '/ts' }],
    copy: [
      ...archive('16384.tar', '/ts', 'tablespace'),
      ...archive('base.tar', '', 'base'),
      { type: 'manifest' },
      data('manifest'),
    ],
  });
}

/** The frames, and what is done before one of them is passed on. */
async function* during(
  frames: readonly Frame[],
  act: (frame: Frame) => unknown,
): AsyncGenerator<Frame, void, undefined> {
  for (const frame of frames) {
    await act(frame);
    yield frame;
  }
}

/** The names of archives and of the manifest, and the types of what is after them. */
function outline(frames: readonly Frame[]): string[] {
  return frames.slice(frames.findIndex(({ type }) => type === 'copy') + 1).flatMap((frame) => {
    if (frame.type === 'data') return [];
    if (frame.type === 'archive') return [frame.resumed ? `${frame.name}, resumed` : frame.name];
    return [frame.type === 'archive-end' ? `${frame.name} ends` : frame.type];
  });
}

const LAST = ['copy-done', 'columns', 'stop', 'result-end', 'end'];

describe('withWal', () => {
  it('starts the feed where the backup starts', async () => {
    const feed = await FakeFeed.open();
    await feed.receive(0x100);
    await gather(withWal(feed)(during(backup(0x2000100n), () => {})));
    const start = { lsn: START, timeline: 3, segmentBytes: SEGMENT, systemIdentifier: SYSTEM };
    expect(feed.starts).toEqual([start]);
  });

  it('passes WAL on before each archive and after the manifest, and its end last', async () => {
    const feed = await FakeFeed.open();
    const receive = (frame: Frame) =>
      frame.type === 'archive' || frame.type === 'stop' ? feed.receive(0x80) : undefined;
    const { frames, error } = await gather(withWal(feed)(during(backup(0x2000180n), receive)));
    expect(error).toBeUndefined();
    expect(outline(frames)).toEqual([
      'pg_wal.tar',
      '16384.tar',
      '16384.tar ends',
      'pg_wal.tar, resumed',
      'base.tar',
      'base.tar ends',
      'manifest',
      'manifest-end',
      'pg_wal.tar, resumed',
      'pg_wal.tar ends',
      ...LAST,
    ]);
  });

  it('makes one archive of it all, if none has come before the end', async () => {
    const feed = await FakeFeed.open();
    const receive = ({ type }: Frame) => (type === 'stop' ? feed.receive(SEGMENT + 0x80) : undefined);
    const { frames, error } = await gather(withWal(feed)(during(backup(0x2100080n), receive)));
    expect(error).toBeUndefined();
    const from = ['manifest-end', 'pg_wal.tar', 'pg_wal.tar ends', ...LAST];
    expect(outline(frames).slice(-from.length)).toEqual(from);
    const at = frames.findIndex((frame) => frame.type === 'archive' && frame.name === 'pg_wal.tar');
    const contents = frames[at + 1];
    const tar = new TarReader('pg_wal.tar');
    const members = (contents?.type === 'data' ? contents.parts : []).flatMap((part) =>
      [...tar.push(part)].flatMap((chunk) => (chunk.type === 'header' ? [chunk.member] : [])),
    );
    tar.end();
    expect(members.map(({ path, size }) => [path, size])).toEqual([
      ['000000030000000000000020', SEGMENT],
      ['archive_status/000000030000000000000020.done', 0],
      ['000000030000000000000021', SEGMENT],
    ]);
  });

  it('holds the end back until the WAL up to there has come', async () => {
    const feed = await FakeFeed.open();
    const seen: string[] = [];
    const { error } = await gather(
      (async function* () {
        for await (const frame of withWal(feed)(during(backup(0x2000080n), () => {}))) {
          seen.push(frame.type);
          if (frame.type === 'archive' && frame.name === 'pg_wal.tar') {
            expect(seen).not.toContain('copy-done');
            void sleep(5)
              .then(() => feed.receive(0x40))
              .then(() => feed.receive(0x40));
          }
          yield frame;
        }
      })(),
    );
    expect(error).toBeUndefined();
    expect(seen.slice(-LAST.length)).toEqual(LAST);
  });

  it('passes notices on at once, also when the end is held back', async () => {
    const feed = await FakeFeed.open();
    await feed.receive(0x80);
    const frames = backup(0x2000080n);
    frames.splice(-1, 0, notice('late'));
    const passed = await gather(withWal(feed)(during(frames, () => {})));
    expect(outline(passed.frames).slice(-8)).toEqual([
      'notice',
      'pg_wal.tar, resumed',
      'pg_wal.tar ends',
      ...LAST,
    ]);
  });

  it('keeps bytes of its own of what it holds back', async () => {
    const feed = await FakeFeed.open();
    await feed.receive(0x80);
    const frames = backup(0x2000080n);
    const lent = Buffer.alloc(256);
    const read = async function* (): AsyncGenerator<Frame, void, undefined> {
      for (const frame of frames) {
        const wire = encode(frame).map((bytes) => lent.subarray(0, bytes.copy(lent)));
        yield { ...frame, wire };
        lent.fill(0xee);
      }
    };
    const { frames: passed, bytes } = await gather(withWal(feed)(read()));
    const last = passed.filter(({ type }) => LAST.includes(type)).slice(-LAST.length);
    const expected = Buffer.concat(last.flatMap((frame) => encode(frame)));
    expect(bytes.subarray(-expected.length)).toEqual(expected);
  });

  it('ends when the feed fails', async () => {
    const feed = await FakeFeed.open();
    const fail = ({ type }: Frame) => type === 'manifest' && feed.spool.fail(new Error('slot is gone'));
    const { frames, error } = await gather(withWal(feed)(during(backup(0x2000080n), fail)));
    expect(error).toMatchObject({ message: 'slot is gone' });
    expect(outline(frames).at(-1)).toBe('base.tar ends');
  });

  it('ends when the feed fails while WAL is waited for', async () => {
    const feed = await FakeFeed.open();
    setTimeout(() => feed.spool.fail(new Error('connection lost')), 20);
    const { frames, error } = await gather(withWal(feed)(during(backup(0x2000080n), () => {})));
    expect(error).toMatchObject({ message: 'connection lost' });
    expect(frames.map(({ type }) => type)).not.toContain('copy-done');
  });

  it.each(['', '0', '1000000', 'abc'])('refuses WAL segments of %j bytes', async (size) => {
    const feed = await FakeFeed.open();
    const { error } = await gather(
      withWal(feed)(during(backup(0x2000080n, { wal_segment_size: size }), () => {})),
    );
    expect(error).toBeInstanceOf(BackupError);
    expect(feed.starts).toEqual([]);
  });

  it('adds nothing to a backup that ends early', async () => {
    const feed = await FakeFeed.open();
    const cut = async function* (): AsyncGenerator<Frame, void, undefined> {
      for (const frame of backup(0x2000080n)) {
        if (frame.type === 'stop') throw new BackupError('cut');
        yield frame;
      }
    };
    const { frames, error } = await gather(withWal(feed)(cut()));
    expect(error).toMatchObject({ message: 'cut' });
    expect(outline(frames).at(-1)).toBe('manifest-end');
  });
});
