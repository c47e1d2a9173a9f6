/**
 * A page that is damaged at the server: the server sends it, and reports it at the end. The stream then ends with an
 * abort, so that nobody takes the backup for a good one, unless the check was turned off.
 */

import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AbortError } from '../../lib/stream/abort.ts';
import { readStream, splitStage, streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline, pipelineOk } from '../support/pipeline.ts';
import { run } from '../support/run.ts';
import { servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const REASON = 'checksum verification failure during base backup';

describe.each(servers())('a damaged page at PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server });
    await cluster.start();
    await cluster.query('CREATE TABLE numbers AS SELECT generate_series(1, 1000) AS number');
    await damage(cluster, 'numbers');
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  it('makes bb-stream end its stream in an abort, with status 1', async () => {
    const { command, args = [] } = streamStage(cluster);
    const { status, stdout, stderr } = await run(command, args);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^bb-stream: warning: checksum verification failed in (file|block)/);
    expect(stderr).toContain(`\nbb-stream: error: server found corrupted data: ${REASON}\n`);
    const { error } = await readStream(stdout);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ report: { message: REASON, code: 'XX001' } });
  });

  it.each([
    { format: 'tar', options: [] },
    { format: 'plain', options: ['-Fp'] },
  ])('makes bb-split leave nothing, in $format format', async ({ format, options }) => {
    const directory = join(folder, format, 'data');
    const { statuses, stderrs } = await pipeline([streamStage(cluster), splitStage(directory, options)]);
    expect(statuses).toEqual([1, 1]);
    expect(stderrs[1]).toBe(`bb-split: error: backup was aborted upstream: ${REASON}\n`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes --list say so, and not the end', async () => {
    const { statuses, stdout, stderrs } = await pipeline([
      streamStage(cluster),
      tool('bb-split', ['--list']),
    ]);
    expect(statuses).toEqual([1, 1]);
    expect(stderrs[1]).toBe(`bb-split: error: backup was aborted upstream: ${REASON}\n`);
    expect(stdout.toString()).not.toContain('end of backup');
  });

  it('goes through with --no-verify-checksums', async () => {
    const directory = join(folder, 'unverified');
    const { stderrs } = await pipelineOk([
      streamStage(cluster, ['--no-verify-checksums', '-X', 'fetch']),
      splitStage(directory),
    ]);
    expect(stderrs).toEqual(['', '']);
    expect(readdirSync(directory)).toEqual(['backup_manifest', 'base.tar']);
  });
});

/** Overwrites a few bytes in the first page of a table while the server is stopped. */
async function damage(cluster: Cluster, table: string): Promise<void> {
  const [[file = ''] = []] = await cluster.query<[string]>('SELECT pg_relation_filepath($1)', [table]);
  await cluster.stop();
  const fd = openSync(join(cluster.dataDirectory, file), 'r+');
  writeSync(fd, 'damage', 5000);
  closeSync(fd);
  await cluster.start();
}
