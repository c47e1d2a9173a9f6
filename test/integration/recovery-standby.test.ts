/**
 * Standbys made with -R: they stream from their primary, through the given slot and under the given name, also with
 * quotes in it.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipelineOk } from '../support/pipeline.ts';
import { servers } from '../support/servers.ts';
import { startPrimary } from '../support/standby.ts';
import { tool } from '../support/tools.ts';
import { verifyBackup } from '../support/verify.ts';
import { untilTrue } from '../support/wait.ts';

/** Quoted once in the connection string, and again in the configuration file. */
const NAME = "it's a \\ standby";

describe.each(servers())('a standby of PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  let primary: Cluster;

  beforeAll(async () => {
    primary = await startPrimary(server);
    await primary.query("CREATE TABLE t AS SELECT 'before' AS row");
    await primary.query("SELECT pg_create_physical_replication_slot('standby_1')");
  });
  afterAll(async () => {
    await primary.dispose();
    removeFolder(folder);
  });

  const conninfo = () => {
    const name = NAME.replaceAll(/['\\]/g, '\\$&');
    return `host=${primary.folder} port=${primary.port} user=postgres application_name='${name}'`;
  };

  it.each([
    { name: 'a connection string', options: () => [`--primary-conninfo=${conninfo()}`], env: () => ({}) },
    {
      name: 'the environment',
      options: () => [],
      env: () => ({ PGHOST: primary.folder, PGPORT: `${primary.port}`, PGUSER: 'postgres', PGAPPNAME: NAME }),
    },
  ])('that was told of its primary by $name streams from it', async ({ name, options, env }) => {
    const data = join(folder, name);
    const split = ['-N', '-Fp', '-D', data, '-R', '-S', 'standby_1', ...options()];
    await pipelineOk([streamStage(primary), tool('bb-split', split, env())]);
    await verifyBackup(server, data);
    expect(readFileSync(join(data, 'standby.signal'), 'utf8')).toBe('');
    const standby = await Cluster.adopt(data, server);
    await standby.start();
    await primary.query('INSERT INTO t VALUES ($1)', [name]);
    const sql = 'SELECT row FROM t WHERE row = $1 AND pg_is_in_recovery()';
    await untilTrue('the row has come', async () => (await standby.query(sql, [name])).length === 1);
    const streaming =
      'SELECT application_name, slot_name FROM pg_stat_replication JOIN pg_replication_slots ON pid = active_pid';
    expect(await primary.query(streaming)).toEqual([[NAME, 'standby_1']]);
    expect(existsSync(join(data, 'standby.signal'))).toBe(true);
    await standby.dispose();
  });
});
