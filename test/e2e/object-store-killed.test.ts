/**
 * The kill table of backups that go to an object store: the producer, bb-split or the store itself is killed or told to
 * stop, in each phase. Afterwards there is nothing in the place, or at least nothing that looks complete.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultyStore } from '../support/faulty-store.ts';
import { ObjectStore } from '../support/object-store.ts';
import { MISSING_FOR_OBJECT_STORE } from '../support/object-store-programs.ts';
import { pipeline, type Stage, startPipeline } from '../support/pipeline.ts';
import { tool } from '../support/tools.ts';
import { untilTrue } from '../support/wait.ts';
import { recordedCluster } from './support/given.ts';

/** The request that is not answered while the signal comes, and what a killed bb-split leaves. */
const PHASES = [
  {
    phase: 'before the first part',
    request: /^POST .*base\.tar\?uploads/,
    objects: [],
    uploads: [],
    signal: 'SIGTERM',
    status: 143,
  },
  {
    phase: 'in mid-part',
    request: /^PUT .*base\.tar\?.*partNumber=2/,
    objects: [],
    uploads: ['base.tar'],
    signal: 'SIGINT',
    status: 130,
  },
  {
    phase: 'between the completions of two archives',
    request: /^POST .*pg_wal\.tar\?uploadId/,
    objects: ['backup_manifest.partial', 'base.tar'],
    uploads: ['pg_wal.tar'],
    signal: 'SIGHUP',
    status: 129,
  },
] as const;

describe.skipIf(MISSING_FOR_OBJECT_STORE.length > 0)('a backup to an object store', () => {
  const given = recordedCluster(async (cluster) => {
    await cluster.query(
      'CREATE TABLE t AS SELECT id, repeat(md5(id::text), 8) FROM generate_series(1, 50000) AS id',
    );
  }, 'stream');
  let store: ObjectStore;
  let proxy: FaultyStore;
  let places = 0;

  beforeAll(async () => {
    store = await ObjectStore.start();
    proxy = await FaultyStore.start(store.port);
  });
  afterAll(async () => {
    await proxy.close();
    await store.stop();
  });

  const newPrefix = () => `killed-${++places}`;
  const split = (prefix: string): Stage => tool('bb-split', ['-D', store.url(prefix, proxy.port)], store.env);
  const recorded = (): Stage => ({ command: 'cat', args: [given.recording.file] });
  /** Begins a backup that gets no further than that request, and sends bb-split a signal there. */
  const killAt = async (prefix: string, requests: RegExp, signal: NodeJS.Signals) => {
    proxy.plan({ fault: 'stall', requests });
    const running = startPipeline([recorded(), split(prefix)]);
    await untilTrue('the request has come', () => proxy.struck > 0);
    await running.signal(1, signal);
    const { statuses, stderrs } = await running.finished;
    proxy.plan();
    return { status: statuses[1], stderr: stderrs[1] };
  };

  it.each(PHASES)('leaves nothing when bb-split is stopped $phase', async ({ request, signal, status }) => {
    const prefix = newPrefix();
    expect(await killAt(prefix, request, signal)).toEqual({ status, stderr: '' });
    expect([await store.objects(prefix), await store.uploads(prefix)]).toEqual([{}, []]);
  });

  it.each(PHASES)(
    'never looks complete when bb-split is killed $phase',
    async ({ request, objects, uploads }) => {
      const prefix = newPrefix();
      expect(await killAt(prefix, request, 'SIGKILL')).toEqual({ status: 137, stderr: '' });
      expect(Object.keys(await store.objects(prefix))).toEqual(objects);
      expect(await store.uploads(prefix)).toEqual(expect.arrayContaining([...uploads]));
      const again = await pipeline([recorded(), split(prefix)]);
      const isEmpty = objects.length === 0;
      expect(again.statuses[1]).toBe(isEmpty ? 0 : 2);
      if (isEmpty && uploads.length > 0)
        expect(again.stderrs[1]).toMatch(/^bb-split: warning: .* open upload/);
      if (!isEmpty) expect(again.stderrs[1]).toContain('or was when its writer was killed');
    },
  );

  it.each([
    { what: 'in an archive', bytes: (length: number) => length >> 1 },
    { what: 'right before its end', bytes: (length: number) => length - 1 },
  ])('leaves nothing when the producer is killed $what', async ({ bytes }) => {
    const prefix = newPrefix();
    const { file, bytes: stream } = given.recording;
    const feed = {
      command: 'sh',
      args: ['-c', 'head -c "$0" "$1"; kill -9 $$', String(bytes(stream.length)), file],
    };
    const { statuses, stderrs } = await pipeline([feed, split(prefix)]);
    expect(statuses).toEqual([137, 1]);
    expect(stderrs[1]).toMatch(/^bb-split: error: stream ended before its end\n/);
    expect([await store.objects(prefix), await store.uploads(prefix)]).toEqual([{}, []]);
  });

  it('ends with what is left when the store is killed', async () => {
    const prefix = newPrefix();
    proxy.plan({ fault: 'stall', requests: /^PUT .*base\.tar\?.*partNumber=2/ });
    const running = startPipeline([recorded(), split(prefix)]);
    await untilTrue('the request has come', () => proxy.struck > 0);
    await store.killGateway();
    await running.signal(1, 'SIGTERM');
    const { statuses, stderrs } = await running.finished;
    proxy.plan();
    expect(statuses[1]).toBe(143);
    expect(stderrs[1]).toMatch(
      /^bb-split: warning: could not .*\nbb-split: hint: Something may be left at "s3:.*\n$/,
    );
    await store.startGateway();
    expect([await store.objects(prefix), await store.uploads(prefix)]).toEqual([
      {},
      expect.arrayContaining(['base.tar']),
    ]);
  });
});
