/**
 * A client that commits transactions while a backup runs, and the books with which a restore is checked. Each
 * transaction moves money between two accounts and records this in the ledger under the next number. So in any
 * consistent state, the accounts add up to zero, the ledger has no gaps, and every account has the balance that results
 * from the ledger; and a restore must contain every transaction that was acknowledged before the end position of the
 * backup.
 */

import type pg from 'pg';
import { type Lsn, parseLsn } from '../../lib/postgres/lsn.ts';
import type { Cluster } from './cluster.ts';
import { untilTrue } from './wait.ts';

/** The tablespaces of the writer's two tables; the default is pg_default. */
export interface WriterOptions {
  readonly accountsIn?: string;
  readonly ledgerIn?: string;
}

/** The state of the books. If consistent, it has no gaps, a total of 0 and no wrong accounts. */
export interface Books {
  readonly transactions: number;
  /** Numbers missing in the ledger below the highest one. */
  readonly gaps: number;
  readonly total: number;
  /** Accounts whose balance does not result from the ledger. */
  readonly wrongAccounts: number;
}

const ACCOUNTS = 100;

const READ_BOOKS = `
  WITH movement AS (
    SELECT creditor AS id, amount FROM ledger UNION ALL SELECT debtor, -amount FROM ledger
  ), due AS (
    SELECT id, sum(amount) AS balance FROM movement GROUP BY id
  )
  SELECT (SELECT count(*) FROM ledger)::int,
         (SELECT coalesce(max(id), 0) - count(*) FROM ledger)::int,
         (SELECT sum(balance) FROM account)::int,
         (SELECT count(*) FROM account FULL JOIN due USING (id)
          WHERE account.balance IS DISTINCT FROM coalesce(due.balance, 0))::int`;

/** Reads the writer's books in a cluster: the one that it writes to, or a restored one. */
export async function readBooks(cluster: Cluster): Promise<Books> {
  const [row] = await cluster.query<[number, number, number, number]>(READ_BOOKS);
  const [transactions, gaps, total, wrongAccounts] = row ?? [0, 0, 0, 0];
  return { transactions, gaps, total, wrongAccounts };
}

/** Commits one transaction after the other from start() to stop(). */
export class Writer {
  readonly #client: pg.Client;
  readonly #running: Promise<void>;
  /** For each acknowledged transaction, in order, a WAL position that is not before its commit record. */
  readonly #acknowledged: Lsn[] = [];
  #stopping = false;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.#running = this.#write();
    this.#running.catch(() => {}); // stop() reports it
  }

  /** Creates the tables and starts to write. */
  static async start(cluster: Cluster, options: WriterOptions = {}): Promise<Writer> {
    const { accountsIn = 'pg_default', ledgerIn = 'pg_default' } = options;
    const client = await cluster.connect();
    await client.query(
      `CREATE TABLE account (id int PRIMARY KEY, balance bigint) TABLESPACE ${client.escapeIdentifier(accountsIn)};
       CREATE TABLE ledger (id int PRIMARY KEY, debtor int, creditor int, amount int)
         TABLESPACE ${client.escapeIdentifier(ledgerIn)};
       INSERT INTO account SELECT id, 0 FROM generate_series(0, ${ACCOUNTS - 1}) AS id`,
    );
    return new Writer(client);
  }

  /** How many transactions were acknowledged, in all or up to a WAL position. */
  acknowledged(upTo?: Lsn): number {
    return upTo === undefined
      ? this.#acknowledged.length
      : this.#acknowledged.filter((lsn) => lsn <= upTo).length;
  }

  /** Waits until this number of further transactions has been acknowledged. */
  async commits(count: number): Promise<void> {
    const goal = this.#acknowledged.length + count;
    await untilTrue(`${goal} transactions are acknowledged`, () => this.#acknowledged.length >= goal);
  }

  /** Ends after the current transaction. Throws the error that stopped the writer, if there was one. */
  async stop(): Promise<void> {
    this.#stopping = true;
    try {
      await this.#running;
    } catch (cause) {
      throw new Error(`the writer failed after ${this.#acknowledged.length} transactions`, { cause });
    } finally {
      await this.#client.end();
    }
  }

  async #write(): Promise<void> {
    while (!this.#stopping) await this.#transfer(this.#acknowledged.length + 1);
  }

  /** The position is read after the commit, so it may be too high. Then the check requires less than it could. */
  async #transfer(id: number): Promise<void> {
    const debtor = (id * 7) % ACCOUNTS;
    const creditor = (id * 7 + 1 + (id % 9)) % ACCOUNTS;
    const amount = 1 + (id % 97);
    const results = (await this.#client.query({
      text: `BEGIN;
        UPDATE account SET balance = balance - ${amount} WHERE id = ${debtor};
        UPDATE account SET balance = balance + ${amount} WHERE id = ${creditor};
        INSERT INTO ledger VALUES (${id}, ${debtor}, ${creditor}, ${amount});
        COMMIT;
        SELECT pg_current_wal_lsn()`,
      rowMode: 'array',
    })) as unknown as pg.QueryArrayResult<[string]>[];
    const lsn = parseLsn(results.at(-1)?.rows[0]?.[0] ?? '');
    if (lsn === undefined) throw new Error('the server told no WAL position');
    this.#acknowledged.push(lsn);
  }
}
