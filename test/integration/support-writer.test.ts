/**
 * The writer with its books, and the full check of a cluster: do they notice a bad restore?
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/postgres/lsn.ts';
import { amcheck } from '../support/amcheck.ts';
import { Cluster } from '../support/cluster.ts';
import { backupCompressions } from '../support/features.ts';
import { servers } from '../support/servers.ts';
import { readBooks, Writer } from '../support/writer.ts';

describe.each(servers())('on PostgreSQL $major', (server) => {
  let cluster: Cluster;
  let writer: Writer;

  beforeAll(async () => {
    cluster = await Cluster.create({ server });
    await cluster.start();
    await cluster.createTablespace('left');
    await cluster.createTablespace('right');
    writer = await Writer.start(cluster, { accountsIn: 'left', ledgerIn: 'right' });
  });
  afterAll(() => cluster.dispose());

  it('the books are right at any moment while the writer writes', async () => {
    for (let round = 0; round < 3; round++) {
      await writer.commits(100);
      const acknowledged = writer.acknowledged();
      const books = await readBooks(cluster);
      expect(books).toMatchObject({ gaps: 0, total: 0, wrongAccounts: 0 });
      expect(books.transactions).toBeGreaterThanOrEqual(acknowledged);
    }
  });

  it('what was acknowledged up to a position is known, and all of it is there', async () => {
    const [[lsn = ''] = []] = await cluster.query<[string]>('SELECT pg_current_wal_lsn()');
    await writer.commits(10);
    await writer.stop();
    const upTo = writer.acknowledged(parseLsn(lsn));
    expect(upTo).toBeGreaterThan(0);
    expect(upTo).toBeLessThan(writer.acknowledged());
    expect((await readBooks(cluster)).transactions).toBe(writer.acknowledged());
  });

  it('the books show money that was made, lost entries and wrong accounts', async () => {
    await cluster.query(
      'UPDATE account SET balance = balance + 5 WHERE id = 3; DELETE FROM ledger WHERE id = 10',
    );
    expect(await readBooks(cluster)).toMatchObject({ gaps: 1, total: 5, wrongAccounts: 3 });
  });

  it('a writer whose server goes away says so when it is stopped', async () => {
    await cluster.query('DROP TABLE account, ledger');
    const other = await Writer.start(cluster);
    await other.commits(1);
    await cluster.stop('immediate');
    await expect(other.stop()).rejects.toThrow('the writer failed after');
    await cluster.start();
  });

  it('the full check passes a sound cluster and finds a damaged page', async () => {
    await amcheck(cluster);
    const [[file = ''] = []] = await cluster.query<[string]>("SELECT pg_relation_filepath('ledger')");
    await cluster.stop();
    const fd = openSync(join(cluster.dataDirectory, file), 'r+');
    writeSync(fd, 'damage', 5000);
    closeSync(fd);
    await cluster.start();
    await expect(amcheck(cluster)).rejects.toThrow('invalid page');
  });

  it('the server knows how it can compress backups', async () => {
    const compressions = await backupCompressions(cluster);
    expect(compressions.includes('gzip')).toBe(server.major >= 15);
  });
});
