import { describe, expect, it } from 'vitest';
import type { Codec } from '../../../lib/compress/codec.ts';
import { convertArchives, type Plan } from '../../../lib/filter/convert.ts';
import type { Frame } from '../../../lib/stream/frame.ts';
import {
  archive,
  backupFrames,
  completed,
  data,
  notice,
  progress,
  smallBackup,
} from '../../support/frames.ts';
import { gather } from '../../support/gather.ts';
import { oneByOne } from '../../support/source.ts';

/** Turns letters to capitals, and holds the last one back to the end. */
class Capitals implements Codec {
  readonly log: string[];
  #held = '';

  constructor(log: string[]) {
    this.log = log;
  }

  async *push(bytes: Buffer) {
    const text = this.#held + bytes.toString().toUpperCase();
    if (text.includes('!')) throw new Error('an exclamation mark');
    this.#held = text.slice(-1);
    if (text.length > 1) yield Buffer.from(text.slice(0, -1));
  }

  async *end() {
    if (this.#held === '?') throw new Error('a question');
    if (this.#held !== '') yield Buffer.from(this.#held);
  }

  close() {
    this.log.push('closed');
  }
}

/** All archives but base.tar. */
function planInto(log: string[]): Plan {
  return async (name) => {
    log.push(`open ${name}`);
    if (name === 'base.tar') return undefined;
    const done = (before: number, after: number) => log.push(`${name} ${before} ${after}`);
    return { name: `capital ${name}`, codec: new Capitals(log), done };
  };
}

async function convert(frames: Iterable<Frame> | AsyncIterable<Frame>, log: string[] = []) {
  return { ...(await gather(convertArchives(planInto(log))(oneByOne(frames)))), log };
}

describe('convertArchives', () => {
  it('converts archives, and leaves everything else as it is', async () => {
    const { frames, error, log } = await convert(smallBackup());
    expect(error).toBeUndefined();
    expect(frames).toEqual(
      backupFrames({
        parameters: { server_version: '15.18', system_identifier: '7300000000000000001' },
        tablespaces: [
          { oid: 16384, location: '/srv/fast ts' },
          { oid: 4294967295, location: '/srv/größe=1' },
        ],
        kilobytes: 1234,
        copy: [
          ...archive('capital 16384.tar', '/srv/fast ts', 'TABLESPACE ON'),
          progress(14n),
          data('E'),
          ...archive('capital pg_wal.tar', '', 'WAL, FIRS'),
          notice('checkpoint took long'),
          ...archive('capital 4294967295.tar', '/srv/größe=1', 'TABLESPACE TWO'),
          ...archive('capital pg_wal.tar', '', 'TWAL, SECON'),
          ...archive('base.tar', '', 'data directory'),
          { type: 'manifest' },
          data('{ "PostgreSQL-Backup-Manifest-Version": 1 }\n'),
          ...archive('capital pg_wal.tar', '', 'DWAL, LAS'),
          progress(1_000_000_000_000n),
          data('T'),
        ],
      }),
    );
    expect(log).toEqual([
      'open 16384.tar',
      'closed',
      '16384.tar 14 14',
      'open pg_wal.tar',
      'open 4294967295.tar',
      'closed',
      '4294967295.tar 14 14',
      'open base.tar',
      'closed',
      'pg_wal.tar 30 30',
    ]);
  });

  it.each([
    {
      name: 'after the manifest',
      between: [...archive('base.tar', '', 'base'), { type: 'manifest' as const }, data('{}')],
    },
    { name: 'after an archive', between: archive('base.tar', '', 'base') },
  ])('gives the rest of WAL as one more part, $name', async ({ between }) => {
    const copy = [...archive('pg_wal.tar', '', 'wal'), ...between];
    const { frames, error } = await convert(backupFrames({ copy }));
    expect(error).toBeUndefined();
    expect(frames).toEqual(
      backupFrames({
        copy: [
          ...archive('capital pg_wal.tar', '', 'WA'),
          ...between,
          ...archive('capital pg_wal.tar', '', 'L'),
        ],
      }),
    );
  });

  it('gives no part of WAL that is empty', async () => {
    const copy = [...archive('pg_wal.tar', ''), ...archive('base.tar', '', 'base')];
    const { frames } = await convert(backupFrames({ copy }));
    expect(frames).toEqual(
      backupFrames({ copy: [...archive('capital pg_wal.tar', ''), ...archive('base.tar', '', 'base')] }),
    );
  });

  it('asks only once about WAL that is left as it is', async () => {
    const asked: string[] = [];
    const plan: Plan = async (name) => void asked.push(name);
    const frames = smallBackup();
    const made: Frame[] = [];
    for await (const frame of convertArchives(plan)(oneByOne(frames))) made.push(frame);
    expect(made).toEqual(frames);
    expect(asked).toEqual(['16384.tar', 'pg_wal.tar', '4294967295.tar', 'base.tar']);
  });

  it('needs no end of a copy', async () => {
    const frames = [...archive('16384.tar', '', 'one'), ...archive('pg_wal.tar', '', 'two')];
    const { frames: made } = await convert(completed([...frames, { type: 'end' }]));
    expect(made).toEqual([
      ...archive('capital 16384.tar', '', 'ONE'),
      { type: 'archive-end', name: 'capital 16384.tar' },
      ...archive('capital pg_wal.tar', '', 'TWO'),
      { type: 'archive-end', name: 'capital pg_wal.tar' },
      { type: 'end' },
    ]);
  });

  const begun = [...archive('pg_wal.tar', '', 'wal'), ...archive('16384.tar', '/ts', 'one')];
  it.each([
    { name: 'contents', frames: [...begun, data('!')], message: 'an exclamation mark' },
    {
      name: 'the end of an archive',
      frames: [...begun, data('?'), ...archive('base.tar', '')],
      message: 'a question',
    },
    {
      name: 'the end of an archive that interrupted WAL',
      frames: [...begun, data('?'), { type: 'end' as const }],
      message: 'a question',
    },
    {
      name: 'the end of WAL',
      frames: [
        ...archive('16384.tar', '/ts', 'one'),
        ...archive('pg_wal.tar', '', 'wal?'),
        { type: 'end' as const },
      ],
      message: 'a question',
    },
  ])('closes all codecs if one fails with $name', async ({ frames, message }) => {
    const { error, log } = await convert(completed(frames));
    expect(error).toEqual(new Error(message));
    const opened = log.filter((line) => line.startsWith('open'));
    expect(log.filter((line) => line === 'closed')).toHaveLength(opened.length);
    expect(log.at(-1)).toBe('closed');
  });

  it('closes all codecs if the backup fails', async () => {
    const failing = (async function* () {
      yield* begun;
      throw new Error('lost');
    })();
    const { error, log } = await convert(failing);
    expect(error).toEqual(new Error('lost'));
    expect(log).toEqual(['open pg_wal.tar', 'open 16384.tar', 'closed', 'closed']);
  });

  it('closes all codecs and the backup if the consumer gives up', async () => {
    const log: string[] = [];
    const source = (async function* () {
      try {
        yield* begun;
        yield data('more');
      } finally {
        log.push('left');
      }
    })();
    for await (const made of convertArchives(planInto(log))(source))
      if (made.type === 'data' && made.parts[0]?.toString() === 'ON') break;
    expect(log).toEqual(['open pg_wal.tar', 'open 16384.tar', 'left', 'closed', 'closed']);
  });
});
