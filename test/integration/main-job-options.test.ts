/**
 * The options of bb-stream, each shown by what the server does. Options of the manifest and of compression have their
 * own tests.
 */

import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amcheck } from '../support/amcheck.ts';
import { backUp, readStream, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { servers } from '../support/servers.ts';
import { readTar } from '../support/tar-members.ts';
import { verifyBackup } from '../support/verify.ts';

const SEGMENT = /^[0-9A-F]{24}$/;
const RATE_KB = 8192;
/** The server sends this much before it waits for the first time (THROTTLING_FREQUENCY in basebackup_throttle.c). */
const UNTHROTTLED_KB = RATE_KB / 8;

describe.each(servers())('on PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;

  beforeAll(async () => {
    const settings = { autovacuum: 'off', wal_keep_size: '1GB', log_checkpoints: 'on' };
    cluster = await Cluster.create({ server, settings });
    await cluster.start();
    await cluster.query('CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS number');
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  const readFrames = async (options: readonly string[]) => {
    const { stdout, stderrs } = await pipelineOk([streamStage(cluster, options)]);
    const { frames } = await readStream(stdout);
    return { frames, bytes: stdout.length, stderr: stderrs.join('') };
  };

  it.each([
    { checkpoint: 'fast', logged: /checkpoint starting: (immediate|fast) force wait\s/ },
    { checkpoint: 'spread', logged: /checkpoint starting: force wait\s/ },
  ])('-c $checkpoint asks for such a checkpoint', async ({ checkpoint, logged }) => {
    const before = cluster.logTail(Number.MAX_SAFE_INTEGER).length;
    await readFrames(['-c', checkpoint]);
    expect(cluster.logTail(Number.MAX_SAFE_INTEGER).slice(before)).toMatch(logged);
  });

  it.each([
    { what: 'none of our own', options: [], label: 'bb-stream base backup' },
    { what: 'a label', options: ['-l', 'nightly'], label: 'nightly' },
    { what: 'odd characters', options: [`--label=it's a "\\" for Übung; 'x' -- $1`] },
    { what: 'no characters', options: ['-l', ''], label: '' },
  ])('a label of $what is in backup_label', async ({ options, label = options[0]?.slice(8) }) => {
    const { frames } = await readFrames(options);
    const base = frames.findIndex((frame) => frame.type === 'archive' && frame.name === 'base.tar');
    const contents = frames.slice(base).find((frame) => frame.type === 'data');
    const [first] = readTar(Buffer.concat(contents?.parts ?? [])).members;
    expect(first?.path).toBe('backup_label');
    expect(first?.contents.toString().split('\n')).toContain(`LABEL: ${label}`);
  });

  it('-r holds the server back', async () => {
    const start = performance.now();
    const { bytes } = await readFrames(['-r', `${RATE_KB}`, '-X', 'fetch']); // streamed WAL is not held back
    const seconds = (performance.now() - start) / 1000;
    expect(seconds).toBeGreaterThan((bytes / 1024 - 2 * UNTHROTTLED_KB) / RATE_KB);
  });

  it('tells how large the tablespaces are, unless --no-estimate-size forbids it', async () => {
    const sizes = async (options: string[]) =>
      (await readFrames(options)).frames.flatMap((frame) =>
        frame.type === 'tablespace' ? [frame.kilobytes] : [],
      );
    expect(await sizes([])).toEqual([expect.any(Number)]);
    expect(await sizes(['--no-estimate-size'])).toEqual([null]);
  });

  it('-X none leaves WAL out and passes on what the server has to say about that', async () => {
    const directory = join(folder, 'without WAL');
    const { stderrs } = await backUp(cluster, directory, { stream: ['-X', 'none'], split: ['-Fp'] });
    expect(stderrs).toEqual([
      'bb-stream: notice: WAL archiving is not enabled; you must ensure that all required WAL segments are copied ' +
        'through other means to complete the backup\n',
      'bb-split: warning: the backup has no WAL, without which no server starts from it\n' +
        'bb-split: hint: Restore it with --recovery and --restore-command, or put the WAL into "pg_wal"; ' +
        'verify it with bb-verify -n.\n',
    ]);
    expect(segments(directory)).toEqual([]);
    await verifyBackup(server, directory, false);

    for (const name of segments(cluster.dataDirectory)) {
      copyFileSync(join(cluster.dataDirectory, 'pg_wal', name), join(directory, 'pg_wal', name));
    }
    const copy = await Cluster.adopt(directory, server);
    await copy.start();
    expect(await copy.query('SELECT count(*)::int FROM numbers')).toEqual([[1000]]);
    await amcheck(copy);
    await copy.dispose();
  });

  it('says nothing when there is nothing to say', async () => {
    expect((await readFrames([])).stderr).toBe('');
  });
});

function segments(data: string): string[] {
  return readdirSync(join(data, 'pg_wal')).filter((name) => SEGMENT.test(name));
}
