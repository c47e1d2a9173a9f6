/**
 * The demo's proof: what a server that was started on the restored directory has to say, set against what the
 * source and the writer know. Each check is a row of the result table.
 */

import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { formatLsn } from '../../lib/postgres/lsn.ts';
import { amcheck } from '../support/amcheck.ts';
import type { Cluster } from '../support/cluster.ts';
import { readBooks } from '../support/writer.ts';
import type { Restored } from './backup.ts';
import { fingerprint, type Source, TABLES } from './source.ts';

/** One thing that was looked at. */
export interface Check {
  readonly what: string;
  readonly found: string;
  readonly good: boolean;
}

/** Looks at the restored cluster, which is running, and compares. The writer must have been stopped. */
export async function prove(source: Source, restored: Restored, copy: Cluster): Promise<Check[]> {
  return [
    ...checkRecovery(restored, copy),
    ...(await checkBooks(source, restored, copy)),
    await checkDocuments(source, copy),
    ...(await checkPlaces(restored, copy)),
    await checkPages(copy),
  ];
}

/** The server's own word on where the backup ended must be bb-stream's. */
function checkRecovery({ end }: Restored, copy: Cluster): Check[] {
  const log = copy.logTail(Number.MAX_SAFE_INTEGER);
  const found = /completed backup recovery with .* end LSN (\S+)/.exec(log)?.[1] ?? 'nothing in the log';
  return [{ what: 'recovery passed the end of the backup', found, good: found === formatLsn(end) }];
}

async function checkBooks({ writer }: Source, restored: Restored, copy: Cluster): Promise<Check[]> {
  const books = await readBooks(copy);
  const expected = writer.acknowledged(restored.end);
  const during = expected - restored.acknowledgedBefore;
  return [
    { what: 'the writer wrote while the backup ran', found: `${during} transactions`, good: during > 0 },
    {
      what: `all ${expected} transactions before the end are there`,
      found: `${books.transactions} (of ${writer.acknowledged()} until now)`,
      good: books.transactions >= expected,
    },
    { what: 'the ledger has no gaps', found: `${books.gaps} missing`, good: books.gaps === 0 },
    { what: 'the accounts add up to 0', found: String(books.total), good: books.total === 0 },
    {
      what: 'each account is what the ledger says',
      found: `${books.wrongAccounts} wrong`,
      good: books.wrongAccounts === 0,
    },
  ];
}

async function checkDocuments({ cluster }: Source, copy: Cluster): Promise<Check> {
  const found = await fingerprint(copy);
  return { what: 'the documents are the same', found, good: found === (await fingerprint(cluster)) };
}

async function checkPlaces({ tablespaces }: Restored, copy: Cluster): Promise<Check[]> {
  return Promise.all(
    TABLES.map(async ({ table, tablespace }) => {
      const [[path = ''] = []] = await copy.query<[string]>('SELECT pg_relation_filepath($1)', [table]);
      const found = realpathSync(join(copy.dataDirectory, path));
      const good = found.startsWith(realpathSync(tablespaces[tablespace]) + sep);
      return { what: `table ${table} lies in the new place of "${tablespace}"`, found, good };
    }),
  );
}

async function checkPages(copy: Cluster): Promise<Check> {
  const what = 'amcheck passes all tables and indexes';
  try {
    await amcheck(copy);
    return { what, found: 'sound', good: true };
  } catch (error) {
    return { what, found: String(error), good: false };
  }
}
