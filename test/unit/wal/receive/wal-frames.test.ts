/** WAL in a real spool, passed on in runs of pg_wal.tar; real servers are in test/integration/wal-stream.test.ts. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lsn } from '../../../../lib/postgres/lsn.ts';
import type { Frame } from '../../../../lib/stream/frame.ts';
import { TarReader } from '../../../../lib/tar/reader.ts';
import { Spool } from '../../../../lib/wal/receive/spool.ts';
import { TimelineQueue } from '../../../../lib/wal/receive/timeline-queue.ts';
import { WalFrames } from '../../../../lib/wal/receive/wal-frames.ts';

const MIB = 1024 ** 2;
const START: Lsn = BigInt(2 * MIB);

let spool: Spool;
let timelines: TimelineQueue;
let frames: WalFrames;

beforeEach(async () => {
  spool = await Spool.open(8 * MIB);
  timelines = new TimelineQueue();
  timelines.add({ at: 0, timeline: 1, lsn: START, history: undefined });
  frames = new WalFrames({ spool, timelines }, MIB);
});

afterEach(() => spool.close());

/** What a run consists of: its frames, but for the bytes, which go to the tar. */
async function run(made: AsyncIterable<Frame>, tar: Buffer[]): Promise<string[]> {
  const types: string[] = [];
  for await (const frame of made) {
    if (frame.type === 'data') for (const part of frame.parts) tar.push(Buffer.from(part));
    else types.push(frame.type === 'archive' && frame.resumed ? 'resumed' : frame.type);
  }
  return types;
}

/** The names of the files in a whole tar, and their sizes. */
function members(tar: readonly Buffer[]): [string, number][] {
  const reader = new TarReader('pg_wal.tar');
  const found: [string, number][] = [];
  for (const chunk of reader.push(Buffer.concat(tar)))
    if (chunk.type === 'header') found.push([chunk.member.path, chunk.member.size]);
  reader.end();
  return found;
}

describe('WalFrames', () => {
  it('begins the archive, resumes it, and ends it once', async () => {
    const tar: Buffer[] = [];
    expect(await run(frames.available(), tar)).toEqual([]);
    await spool.write(Buffer.alloc(MIB + 10, 1));
    expect(await run(frames.available(), tar)).toEqual(['archive']);
    await spool.write(Buffer.alloc(10, 2));
    expect(await run(frames.available(), tar)).toEqual(['resumed']);
    const stop = { timeline: 1, lsn: START + BigInt(MIB + 20) };
    expect(await run(frames.rest(stop), tar)).toEqual(['resumed', 'archive-end']);
    expect(members(tar)).toEqual([
      ['000000010000000000000002', MIB],
      ['archive_status/000000010000000000000002.done', 0],
      ['000000010000000000000003', MIB],
    ]);
  });

  it('waits for the end of the backup', async () => {
    const tar: Buffer[] = [];
    const ended = run(frames.rest({ timeline: 1, lsn: START + 100n }), tar);
    for (let bytes = 0; bytes < 100; bytes += 50) await spool.write(Buffer.alloc(50, 1));
    expect(await ended).toEqual(['archive', 'archive-end']);
    expect(members(tar)).toEqual([['000000010000000000000002', MIB]]);
  });

  it('puts the history of a timeline before its WAL', async () => {
    const tar: Buffer[] = [];
    await spool.write(Buffer.alloc(100, 1));
    timelines.add({ at: 100, timeline: 2, lsn: START, history: Buffer.from('1\t0/200064\n') });
    await spool.write(Buffer.alloc(200, 2));
    await run(frames.rest({ timeline: 2, lsn: START + 200n }), tar);
    expect(members(tar).map(([name]) => name)).toEqual([
      '000000010000000000000002',
      '00000002.history',
      'archive_status/00000002.history.done',
      '000000020000000000000002',
    ]);
  });

  it('throws what has ended the WAL', async () => {
    const reason = new Error('lost');
    const failing = run(frames.rest({ timeline: 1, lsn: START + 1n }), []);
    spool.fail(reason);
    await expect(failing).rejects.toBe(reason);
  });
});
