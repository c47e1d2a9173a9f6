/**
 * A backup of a server that is written to: every transaction that was acknowledged before the end of the backup must be
 * in the restore, and the restore must be consistent.
 */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/postgres/lsn.ts';
import { amcheck } from '../support/amcheck.ts';
import { backUp, mapping } from '../support/backup.ts';
import { Cluster } from '../support/cluster.ts';
import { removeFolder, temporaryFolder } from '../support/folder.ts';
import { anyServer } from '../support/servers.ts';
import { verifyBackup } from '../support/verify.ts';
import { readBooks, Writer } from '../support/writer.ts';

const COMMITS = 300;

describe.each(anyServer())('a busy server of PostgreSQL $major', (server) => {
  it('is restored as of the end of the backup or later, and consistent', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const cluster = await Cluster.create({ server, settings: { wal_keep_size: '1GB' } });
    await cluster.start();
    const location = await cluster.createTablespace('ledgers');
    const writer = await Writer.start(cluster, { ledgerIn: 'ledgers' });
    await writer.commits(COMMITS);
    const before = writer.acknowledged();
    const { stderrs } = await backUp(cluster, data, {
      stream: ['-v', '-r', '20M'],
      split: ['-Fp', '-T', mapping(location, join(folder, 'ledgers'))],
    });
    const end = parseLsn(/end point: ([0-9A-F]+\/[0-9A-F]+)/.exec(stderrs[0] ?? '')?.[1] ?? '');
    await writer.commits(COMMITS);
    await writer.stop();
    await cluster.stop('immediate');

    await verifyBackup(server, data);
    const copy = await Cluster.adopt(data, server);
    await copy.start();
    const books = await readBooks(copy);
    const acknowledged = writer.acknowledged(end);
    expect(end).toBeDefined();
    expect(acknowledged).toBeGreaterThan(before);
    expect(books.transactions).toBeGreaterThanOrEqual(acknowledged);
    expect(books).toMatchObject({ gaps: 0, total: 0, wrongAccounts: 0 });
    await amcheck(copy);
    for (const each of [copy, cluster]) await each.dispose();
    removeFolder(folder);
  });
});
