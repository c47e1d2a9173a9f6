/**
 * Checks all tables and B-tree indexes of a cluster with PostgreSQL's amcheck extension, as pg_amcheck does; servers of
 * the npm registry do not have that program. Since every page is read, the server also verifies every checksum.
 */

import type pg from 'pg';
import type { Cluster } from './cluster.ts';

/** The first version with verify_heapam(). In earlier versions, tables are only read. */
const FIRST_WITH_HEAP_CHECK = 14;

const CHECK_TABLES = `
  SELECT oid::regclass::text, blkno, offnum, msg FROM pg_class, LATERAL verify_heapam(oid)
  WHERE relkind IN ('r', 'm', 't') AND relpersistence <> 't'`;

const TABLES = `
  SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm', 't') AND relpersistence <> 't'`;

const CHECK_INDEXES = `
  SELECT count(bt_index_check(index.oid, true))
  FROM pg_class AS index JOIN pg_index ON indexrelid = index.oid JOIN pg_am ON pg_am.oid = relam
  WHERE amname = 'btree' AND relpersistence <> 't' AND indisready AND indisvalid`;

/** Checks every database that accepts connections. Throws what is wrong. The extension stays installed. */
export async function amcheck(cluster: Cluster): Promise<void> {
  const databases = await cluster.query<[string]>('SELECT datname FROM pg_database WHERE datallowconn');
  for (const [database] of databases) {
    const client = await cluster.connect({ database });
    try {
      await client.query('CREATE EXTENSION IF NOT EXISTS amcheck');
      await checkTables(client, cluster.server.major);
      await client.query(CHECK_INDEXES);
    } finally {
      await client.end();
    }
  }
}

async function checkTables(client: pg.Client, major: number): Promise<void> {
  if (major >= FIRST_WITH_HEAP_CHECK) {
    const { rows } = await client.query(CHECK_TABLES);
    if (rows.length > 0) throw new Error(`tables are corrupt: ${JSON.stringify(rows)}`);
    return;
  }
  const { rows } = await client.query<[string]>({ text: TABLES, rowMode: 'array' });
  for (const [table] of rows) await client.query(`SELECT count(*) FROM ${table}`);
}
