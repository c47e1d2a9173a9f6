/**
 * Servers that refuse a backup: the message of bb-stream, its exit status 2, and that bb-split leaves nothing. Failures
 * of authentication have their own tests.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitStage } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { pipeline } from '../support/pipeline.ts';
import { servers } from '../support/servers.ts';
import { tool } from '../support/tools.ts';

const HBA = ['local replication rejected reject', 'local all all trust', 'local replication all trust'];

const FAILED = 'bb-stream: error: connection to server on socket "SOCKET" failed: FATAL: ';

describe.each(servers())('PostgreSQL $major', (server) => {
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.create({ server, hba: HBA, settings: { max_wal_senders: 1 } });
    await cluster.start();
    await cluster.query('CREATE ROLE plain LOGIN; CREATE ROLE rejected LOGIN REPLICATION');
  });
  afterAll(async () => {
    await cluster.dispose();
    removeFolder(folder);
  });

  /** The message of bb-stream for a backup as this user. That of bb-split must be the same, except for the hint. */
  const refusal = async (user: string) => {
    const connection = ['-h', cluster.folder, '-p', String(cluster.port), '-U', user];
    const stages = [tool('bb-stream', connection), splitStage(directory)];
    const { statuses, stderrs } = await pipeline(stages);
    expect(existsSync(directory)).toBe(false);
    expect(statuses).toEqual([2, 1]);
    const [first = '', second] = stderrs;
    expect(second?.replace('backup was aborted upstream: ', '').replaceAll('bb-split:', 'bb-stream:')).toBe(
      first.replace(/^bb-stream: hint: .*\n/m, ''),
    );
    return first.replace(`${cluster.folder}/.s.PGSQL.${cluster.port}`, 'SOCKET').trimEnd().split('\n');
  };

  it('refuses a role without REPLICATION', async () => {
    const expected =
      server.major < 16
        ? [`${FAILED} must be superuser or replication role to start walsender`]
        : [
            `${FAILED} permission denied to start WAL sender`,
            'bb-stream: detail: Only roles with the REPLICATION attribute may start a WAL sender process.',
          ];
    expect(await refusal('plain')).toEqual(expected);
  });

  it('refuses whom pg_hba.conf rejects', async () => {
    const encryption = server.major < 14 ? 'SSL off' : 'no encryption';
    const connection = `replication connection for host "[local]", user "rejected", ${encryption}`;
    expect(await refusal('rejected')).toEqual([`${FAILED} pg_hba.conf rejects ${connection}`]);
  });

  it('refuses when all WAL senders are taken', async () => {
    const other = await cluster.connect({ replication: 'true' } as pg.ClientConfig);
    try {
      const setting = server.major < 17 ? 'max_wal_senders' : '"max_wal_senders"';
      expect(await refusal('postgres')).toEqual([
        `${FAILED} number of requested standby connections exceeds ${setting} (currently 1)`,
      ]);
    } finally {
      await other.end();
    }
  });
});
