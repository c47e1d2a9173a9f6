/**
 * Backups that pg_basebackup has stored, in every form and compression, back in the pipe: verified, relocated, and restored
 * to a data directory that starts.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapping, splitStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { backupCompressions } from '../support/features.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { runOk } from '../support/run.ts';
import { ownTool, servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';

const WITH_TOOL = servers().filter((server) => ownTool('pg_basebackup', server) !== undefined);

describe.each(WITH_TOOL)('backups of pg_basebackup $major', (server) => {
  const folder = temporaryFolder();
  let cluster: Cluster;
  let location: string;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, settings: { fsync: 'off' } });
    await cluster.start();
    location = await cluster.createTablespace('ts1');
    await cluster.query('CREATE TABLE t TABLESPACE ts1 AS SELECT generate_series(1, 1000) AS id');
  });
  afterAll(async () => {
    await cluster?.dispose();
    removeFolder(folder);
  });

  const basebackup = (name: string, options: readonly string[]) => {
    const common = [
      ...cluster.connectionOptions,
      '-c',
      'fast',
      '-N',
      '-X',
      'fetch',
      '-D',
      join(folder, name),
    ];
    return runOk(ownTool('pg_basebackup', server) ?? '', [...common, ...options]);
  };

  /** Brings a stored backup back into the pipe, and restores it from there. */
  async function restore(name: string): Promise<string> {
    const target = join(folder, `${name}-restored`);
    await pipelineOk([
      tool('bb-stream', [`--backup=${join(folder, name)}`]),
      tool('bb-compress', ['-d']),
      tool('bb-verify', ['--tee', '-q']),
      tool('bb-relocate', [`--all-into=${join(folder, `${name}-tablespaces`)}`]),
      splitStage(target, ['-Fp']),
    ]);
    await verifyBackup(server, target);
    return target;
  }

  async function rowsOf(data: string): Promise<unknown> {
    const copy = await Cluster.adopt(data, server);
    try {
      await copy.start();
      return (await copy.query('SELECT count(*)::int FROM t'))[0]?.[0];
    } finally {
      await copy.dispose();
    }
  }

  it('start after they were read in tar format', async () => {
    await basebackup('tar', ['-Ft']);
    expect(await rowsOf(await restore('tar'))).toBe(1000);
  });

  it('are read in tar format, compressed in every way', async () => {
    const methods = [...(await backupCompressions(cluster)).map((each) => `client-${each}`)];
    for (const method of methods.length > 0 ? methods : ['1']) {
      await basebackup(method, ['-Ft', '-Z', method]);
      await restore(method);
    }
  });

  it('start after they were read in plain format', async () => {
    await basebackup('plain', ['-Fp', '-T', mapping(location, join(folder, 'plain-ts1'))]);
    expect(await rowsOf(await restore('plain'))).toBe(1000);
  });
});
