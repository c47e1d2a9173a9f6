/**
 * The demo's source: a running cluster with checksums, two tablespaces, a table of documents that stays as it
 * is, and a writer that does not pause for the backup.
 */

import type { Cluster } from '../support/cluster.ts';
import { Writer } from '../support/writer.ts';

/** The tablespaces, and where they lie at the source. */
export interface Tablespaces {
  readonly fast: string;
  readonly large: string;
}

/** A cluster with data in all its tablespaces, and its writer, who is writing. */
export interface Source {
  readonly cluster: Cluster;
  readonly tablespaces: Tablespaces;
  readonly writer: Writer;
}

/** Where each table of the demo lies. */
export const TABLES = [
  { table: 'account', tablespace: 'fast' },
  { table: 'ledger', tablespace: 'large' },
  { table: 'document', tablespace: 'large' },
] as const;

const DOCUMENTS = 200_000;
const COMMITS_BEFORE = 500;

/** Fills a new cluster and sets the writer to work. The caller starts the cluster before and disposes of it. */
export async function fill(cluster: Cluster): Promise<Source> {
  const tablespaces = {
    fast: await cluster.createTablespace('fast'),
    large: await cluster.createTablespace('large'),
  };
  await cluster.query('CREATE TABLE document (id int PRIMARY KEY, body text) TABLESPACE large');
  await cluster.query(
    `INSERT INTO document
     SELECT id, repeat(md5(id::text), 5) || md5(id::text || 'x') FROM generate_series(1, ${DOCUMENTS}) AS id`,
  );
  const writer = await Writer.start(cluster, { accountsIn: 'fast', ledgerIn: 'large' });
  await writer.commits(COMMITS_BEFORE);
  return { cluster, tablespaces, writer };
}

/** A number that no other set of documents is likely to have. */
export async function fingerprint(cluster: Cluster): Promise<string> {
  const sql = "SELECT count(*) || ' rows, ' || sum(hashtextextended(body, id)) FROM document";
  const [[text = ''] = []] = await cluster.query<[string]>(sql);
  return text;
}
