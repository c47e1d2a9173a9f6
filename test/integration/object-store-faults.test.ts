/**
 * What goes wrong between a client and an object store: each fault ends in success or in a clear failure, and never in a
 * backup that is not what was written. The store is real, a proxy before it makes the faults.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BackupError } from '../../lib/errors/backup-error.ts';
import { TroubleError } from '../../lib/errors/trouble.ts';
import { writeToPlace } from '../../lib/sink/write-to-place.ts';
import { S3Place } from '../../lib/store/s3/s3-place.ts';
import type { Frame } from '../../lib/stream/frame.ts';
import { type Fault, FaultyStore } from '../support/faulty-store.ts';
import { archive, backupFrames, data } from '../support/frames.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { oneByOne } from '../support/source.ts';
import { file, tar } from '../unit/tar/build.ts';

const STALL_MS = 700;
const ALWAYS = 1000;
const MIB = 1024 ** 2;
/** Three parts, and as many ranges. */
const BASE = tar(file('contents', Buffer.from(Array.from({ length: 20 * MIB }, (_, at) => (at >> 8) ^ at))));
const WAL = tar(file('000000010000000000000002', 'wal'));
const BACKUP = backupFrames({
  tablespaces: [],
  copy: [
    ...archive('base.tar', '', BASE),
    ...archive('pg_wal.tar', '', WAL),
    { type: 'manifest' },
    data('manifest'),
  ],
});
const WRITTEN = { backup_manifest: 8, 'base.tar': BASE.length, 'pg_wal.tar': WAL.length };

const CREATE = /^POST .*base\.tar\?uploads/;
const PART = /^PUT .*base\.tar\?.*partNumber=2/;
const COMPLETE = /^POST .*base\.tar\?uploadId/;
const CLAIM = /^PUT .*backup_manifest\.partial/;
const MANIFEST = /^PUT .*backup_manifest\?/;
const ABORT = /^DELETE .*base\.tar\?uploadId/;
const HEAD = /^HEAD .*base\.tar/;
const GET = /^GET .*base\.tar/;

/** All chunks, each of which is valid until the next is asked for. */
async function contentsOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

describe.skipIf(MISSING_FOR_OBJECT_STORE.length > 0)('a faulty way to an object store', () => {
  const { signal } = new AbortController();
  let store: ObjectStore;
  let proxy: FaultyStore;
  let places = 0;
  let warnings: string[];

  beforeAll(async () => {
    store = await ObjectStore.start();
    proxy = await FaultyStore.start(store.port);
    for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await proxy.close();
    await store.stop();
  });

  const newPrefix = () => `faulty-${++places}`;
  const write = async (prefix: string, frames: readonly Frame[] = BACKUP): Promise<unknown> => {
    warnings = [];
    const warn = (complaint: string) => warnings.push(complaint);
    const options = { sync: true, clean: true, signal, warn, tell: () => {} };
    const place = new S3Place(store.url(prefix, proxy.port), STALL_MS);
    const outcome = writeToPlace(oneByOne(frames), place, options);
    return await outcome.then(() => undefined).catch((error: unknown) => error);
  };
  const left = async (prefix: string) => [await store.objects(prefix), await store.uploads(prefix)];

  it.each<[string, Fault, RegExp]>([
    ['the beginning of an upload is reset', 'reset', CREATE],
    ['its answer is lost', 'lose-answer', CREATE],
    ['a part is reset', 'reset', PART],
    ['the answer to a part is lost', 'lose-answer', PART],
    ['a part is answered by 500', 'fail', PART],
    ['a part is answered by 503', 'slow-down', PART],
    ['a part stalls', 'stall', PART],
    ['the completion is reset', 'reset', COMPLETE],
    ['the answer to the completion is lost', 'lose-answer', COMPLETE],
    ['the answer to the claim is lost', 'lose-answer', CLAIM],
    ['the answer to the manifest is lost', 'lose-answer', MANIFEST],
  ])('is used again when %s', async (_what, fault, requests) => {
    const prefix = newPrefix();
    proxy.plan({ fault, requests });
    expect(await write(prefix)).toBeUndefined();
    expect(proxy.struck).toBe(1);
    expect(await left(prefix)).toEqual([WRITTEN, []]);
    expect(warnings).toEqual([]);
  });

  it.each<[string, Fault, RegExp, string]>([
    ['no upload can begin', 'fail', CREATE, 'the store answers with status 500 (InternalError)'],
    ['a part is always reset', 'reset', PART, 'Connection reset by peer'],
    ['a part always fails', 'fail', PART, 'the store answers with status 500 (InternalError)'],
    ['the store has too much to do', 'slow-down', PART, 'the store has too much to do'],
    ['a part always stalls', 'stall', PART, 'the store does not answer'],
    ['no archive can be completed', 'fail', COMPLETE, 'the store answers with status 500 (InternalError)'],
    ['the manifest cannot be written', 'slow-down', MANIFEST, 'the store has too much to do'],
  ])('is given up when %s', async (_what, fault, requests, reason) => {
    const prefix = newPrefix();
    proxy.plan({ fault, requests, times: ALWAYS });
    const outcome = await write(prefix);
    expect(outcome).toBeInstanceOf(TroubleError);
    expect((outcome as Error).message).toMatch(/^could not (?:begin the upload of|upload|complete) "s3:/);
    expect((outcome as Error).message).toContain(`: ${reason}`);
    expect(await left(prefix)).toEqual([{}, []]);
    expect(warnings).toEqual([]);
  });

  it('is given up when the store has made something else of an archive', async () => {
    const prefix = newPrefix();
    proxy.plan({ fault: 'other-etag', requests: HEAD, times: ALWAYS });
    const complaint = `the store has made something else of "s3://backups/${prefix}/base.tar" than was uploaded`;
    expect(await write(prefix)).toEqual(new TroubleError(complaint));
    expect(await left(prefix)).toEqual([{}, []]);
  });

  it('is told of when an upload cannot be aborted', async () => {
    const prefix = newPrefix();
    proxy.plan({ fault: 'fail', requests: ABORT, times: ALWAYS });
    expect(await write(prefix, BACKUP.slice(0, -1))).toBeInstanceOf(BackupError);
    expect(warnings).toEqual([
      expect.stringMatching(/^could not abort the upload of "s3:.*base\.tar": the store/),
    ]);
    expect(await left(prefix)).toEqual([{}, ['base.tar']]);
  });

  describe('to read', () => {
    let prefix: string;
    beforeAll(async () => {
      prefix = newPrefix();
      proxy.plan();
      expect(await write(prefix)).toBeUndefined();
    });

    const open = async () => {
      const stored = await new S3Place(store.url(prefix, proxy.port), STALL_MS).file('base.tar', signal);
      return stored.open(signal);
    };

    it.each<[string, Fault, number]>([
      ['a request is reset', 'reset', 1],
      ['an answer is lost', 'lose-answer', 1],
      ['a request is answered by 500', 'fail', 2],
      ['a request is answered by 503', 'slow-down', 2],
      ['a request stalls', 'stall', 1],
      ['an answer is cut', 'cut-answer', 4],
      ['an answer stalls', 'stall-answer', 1],
      ['another range is sent', 'other-range', 1],
    ])('gives the same bytes when %s', async (_what, fault, times) => {
      proxy.plan({ fault, requests: GET, after: 1, times });
      expect((await contentsOf(await open())).equals(BASE)).toBe(true);
      expect(proxy.struck).toBe(times);
    });

    it.each<[Fault, string]>([
      ['reset', 'Connection reset by peer'],
      ['fail', 'the store answers with status 500 (InternalError)'],
      ['stall', 'the store does not answer'],
      ['other-range', 'the store sends another range than was asked for'],
    ])('is given up when nothing else comes: %s', async (fault, reason) => {
      proxy.plan({ fault, requests: GET, after: 1, times: ALWAYS });
      const complaint = `could not read "s3://backups/${prefix}/base.tar": ${reason}`;
      await expect(open().then(contentsOf)).rejects.toThrow(new TroubleError(complaint));
    });

    it.each([
      { act: 'is replaced', complaint: 'was changed while it was read' },
      { act: 'is removed', complaint: 'is not there any more' },
    ])('is no backup when an object $act meanwhile', async ({ act, complaint }) => {
      proxy.plan();
      const chunks = await open();
      await chunks.next();
      await store.delete(`${prefix}/base.tar`);
      if (act === 'is replaced') await store.put(`${prefix}/base.tar`, BASE.subarray(0, -1));
      const rest = (async () => {
        for await (const _chunk of chunks);
      })();
      await expect(rest).rejects.toThrow(new BackupError(`"s3://backups/${prefix}/base.tar" ${complaint}`));
    });
  });
});
