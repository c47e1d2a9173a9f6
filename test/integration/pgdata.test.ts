/**
 * Backups of running servers from their files: of an idle cluster they are those that the server itself sends, member by
 * member; what cannot be a backup is refused.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, splitStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { compareArchives, compareManifests } from '../support/compare-archives.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { servers } from '../support/servers.ts';
import { readTables, relocate, type ShapedTablespace, startShaped } from '../support/shapes.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const online = (cluster: Cluster, options: readonly string[] = []) =>
  tool('bb-stream', [`--pgdata=${cluster.dataDirectory}`, '-U', 'postgres', '-c', 'fast', ...options]);

describe.each(servers())('the files of a running server of version $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let tablespaces: readonly ShapedTablespace[];

  beforeAll(async () => {
    ({ cluster, tablespaces } = await startShaped(server));
    // A zone whose name has letters of both cases.
    await cluster.query("ALTER SYSTEM SET log_timezone = 'Pacific/Guam'");
    await cluster.query('SELECT pg_reload_conf()');
    // What a session finds out for itself is written now, and not by the queries of one of both backups.
    await readTables(cluster);
    // More than one part.
    await cluster.query('CREATE TABLE large AS SELECT generate_series(1, 100000) AS id');
    await cluster.query('VACUUM');
    await cluster.query('SELECT 1');
  });
  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  it.each([
    { options: ['-X', 'none', '--manifest-checksums=sha256'], verify: ['-n', '--algorithm=SHA256'] },
    { options: ['-X', 'fetch'], verify: [] },
  ])('are sent as the server sends them, with $options', async ({ options, verify }) => {
    const name = options.join('');
    const [ours, theirs] = [join(folder, name, 'ours'), join(folder, name, 'theirs')];
    await backUp(cluster, theirs, { stream: options });
    // A slot would change the time of pg_replslot.
    const stream = online(cluster, [...options, '-j', '2', '--no-slot']);
    await pipelineOk([stream, tool('bb-verify', ['--tee', '-q', ...verify]), splitStage(ours)]);
    expect(compareArchives(ours, theirs)).toEqual([]);
    expect(compareManifests(ours, theirs)).toEqual([]);
  });

  it('start where they are restored, by one process', async () => {
    const target = join(folder, 'restored', 'data');
    const moved = relocate(tablespaces, join(folder, 'restored')).options;
    const { args = [] } = online(cluster);
    const stages = ['verify', '-q', '!', 'split', '-N', '-D', target, '-Fp', ...moved];
    await pipelineOk([tool('bb', ['stream', ...args, '!', ...stages])]);
    await verifyBackup(server, target);
    const tables = await readTables(cluster);
    const copy = await Cluster.adopt(target, server);
    try {
      await copy.start();
      const found = await readTables(copy);
      for (const [name, contents] of tables)
        if (!name.includes('unlogged')) expect(found.get(name)).toBe(contents);
    } finally {
      await copy.dispose();
    }
  });
});
